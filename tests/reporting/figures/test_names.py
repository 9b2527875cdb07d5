from dataclasses import replace

from fewshot.core.spec.run_spec import Part
from fewshot.reporting.figures.names import names
from fewshot.suites.suite import read_suite

VERIFICATION, _, TRIPLET, PIXELS = read_suite("tests/reporting/golden/suite.toml").specs
LONGER = replace(TRIPLET, training=replace(TRIPLET.training, steps=900))
WIDE = replace(TRIPLET, backbone=replace(TRIPLET.backbone, options={"widths": [8, 8, 8, 8]}))


def test_a_name_is_the_losss_and_networks_have_names_of_their_own():
    assert names([TRIPLET, WIDE, VERIFICATION, PIXELS]) == ["triplet", "triplet", "verification", "pixels"]


def test_trainings_that_differ_in_length_all_show_it_and_images_without_training_their_size():
    assert names([VERIFICATION, TRIPLET, LONGER]) == [
        "verification, 600 steps", "triplet, 600 steps", "triplet, 900 steps",
    ]  # fmt: skip
    assert names([TRIPLET, replace(TRIPLET, members=(0, 1))]) == ["triplet", "2 × triplet"]
    assert names([TRIPLET, replace(PIXELS, size=105)]) == ["triplet", "pixels, 105 px"]


def test_methods_of_one_name_have_what_first_tells_them_apart():
    def of(**options: object):
        return replace(TRIPLET, loss=Part("triplet", options))

    assert names([of(), of(pairs="all")]) == ["triplet, pairs=episode", "triplet, pairs=all"]
    assert names([of(margin=2.0), of(margin=3.0, pairs="all")]) == ["triplet, pairs=episode", "triplet, pairs=all"]
    assert names([of(margin=2.0), of(margin=3.0)]) == ["triplet, margin=2.0", "triplet, margin=3.0"]
    cosine = replace(TRIPLET, similarity=Part("cosine"))
    assert names([TRIPLET, cosine]) == ["triplet, euclidean", "triplet, cosine"]


def test_methods_that_no_word_tells_apart_have_their_ids():
    other = replace(TRIPLET, training=replace(TRIPLET.training, batch=7))
    assert names([TRIPLET, other]) == [f"triplet [{spec.id[:6]}]" for spec in (TRIPLET, other)]
