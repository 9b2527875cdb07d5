"""The hardest pairs, and the threshold by which they are wrong."""

from dataclasses import replace

import pytest

from fewshot.core.statistics.roc import equal_error_rate
from fewshot.reporting.mistakes.pairs import judged, pair_sections
from fewshot.suites.suite import read_suite


@pytest.fixture
def record(make_record):
    made = make_record(read_suite("quickstart").specs[0])
    return replace(made, same=[0.5, 0.4, 0.1, 0.9], different=[0.2, 0.45, 0.0, -0.3])


def test_without_a_threshold_of_its_own_both_kinds_of_error_are_as_many(record, make_record):
    found = judged(record)
    assert (found.threshold, found.same, found.different) == (
        pytest.approx(0.3),
        [False, False, True, False],
        [False, True, False, False],
    )
    many = make_record(record.spec, seed=3)
    verdict = judged(many)
    missed, matched = sum(verdict.same) / 50, sum(verdict.different) / 50
    assert missed == pytest.approx(matched, abs=1 / 50)
    assert equal_error_rate(many.same, many.different) <= (missed + matched) / 2


def test_a_record_of_accuracy_on_pairs_has_its_own_threshold(record):
    right = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0]  # at any threshold from 0.45 to 0.5
    found = judged(replace(record, accuracy=record.accuracy | {"verification": right}))
    assert (found.threshold, sum(found.same), sum(found.different)) == (0.5, 2, 0)
    assert "val" in found.named


def test_a_record_with_points_is_judged_at_the_threshold_of_val(record):
    found = judged(replace(record, points={"eer": 0.45}, calibration=(1.0, 0.0)))
    assert (found.threshold, found.named) == (0.45, "the threshold of equal error on val")
    assert (sum(found.same), sum(found.different)) == (2, 1)  # a score of the threshold is a match


def test_scores_that_are_all_the_same_are_all_accepted(record):
    found = judged(replace(record, same=[1.0, 1.0], different=[1.0, 1.0]))
    assert (found.same, found.different) == ([False, False], [True, True])


def test_the_hardest_are_first_and_the_same_two_images_stand_once(record, images):
    one_class, two_classes = pair_sections(record, images, 2)
    assert one_class.title == "Verification: 1 of 4 pairs of one class wrong"
    assert one_class.note == "wrong below 0.3, the threshold of equal error; the first 2, the hardest first"
    assert [row.text for row in one_class.rows] == [
        "G/b: score 0.1, wrong",
        "G/a: score 0.4, right, drawn 2 times",
    ]
    assert [(row.text, *(one.file for one in row.pictures)) for row in two_classes.rows] == [
        ("G/b and H/a: score 0.45, wrong", "G/b/3.png", "H/a/6.png"),
        ("G/a and G/b: score 0.2, right", "G/a/0.png", "G/b/3.png"),
    ]
