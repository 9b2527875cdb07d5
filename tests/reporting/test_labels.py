from dataclasses import replace

from fewshot.reporting.labels import run_labels, table_labels
from fewshot.suites.suite import read_suite

VERIFICATION, _, TRIPLET, PIXELS = read_suite("tests/reporting/golden/suite.toml").specs
LONGER = replace(TRIPLET, training=replace(TRIPLET.training, steps=900))


def test_methods_of_a_table_are_told_apart_by_what_they_differ_in_alone():
    assert table_labels([TRIPLET, PIXELS]) == ["triplet", "pixels"]
    assert table_labels([TRIPLET, LONGER, PIXELS]) == ["triplet, 600 steps", "triplet, 900 steps", "pixels"]


def test_methods_of_one_loss_have_their_network_where_there_are_several():
    wide = replace(TRIPLET, backbone=replace(TRIPLET.backbone, name="resnet6", options={}))
    other = replace(
        wide, loss=replace(wide.loss, options={**wide.loss.options, "margin": 3.0})
    )  # as a search may choose
    assert table_labels([TRIPLET, other, VERIFICATION]) == [
        "triplet, conv4",
        "triplet(margin=3.0), resnet6",
        "verification",
    ]
    assert table_labels([TRIPLET, wide]) == ["triplet, conv4", "triplet, resnet6"]
    assert table_labels([other, VERIFICATION]) == ["triplet(margin=3.0)", "verification"]


def test_runs_of_a_plan_have_their_parts_and_seed():
    assert run_labels([TRIPLET, PIXELS]) == ["triplet, euclidean, conv4, seed 0", "pixels, cosine"]
    large = replace(PIXELS, size=105)
    assert run_labels([TRIPLET, replace(LONGER, seed=3), PIXELS, large]) == [
        "triplet, euclidean, conv4, 600 steps, seed 0", "triplet, euclidean, conv4, 900 steps, seed 3",
        "pixels, cosine, 28 px", "pixels, cosine, 105 px",
    ]  # fmt: skip


def test_mistakes_of_a_run_tell_it_apart():
    labels = run_labels(read_suite("pitfalls", seeds=1).specs)
    assert [label.rpartition("with ")[2] for label in labels] == [
        "10 known mistakes, seed 0", "a known mistake, seed 0", "a known mistake, seed 0",
    ]  # fmt: skip
    assert len({*labels}) == 3
