"""Notes on trainings that went wrong."""

from dataclasses import replace

import pytest

from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

GOOD = {"step": 1000, "rank1": 0.5, "chance": 0.05, "cosine": 0.2, "offset": 0.5}


@pytest.fixture
def notes(make_record):
    """Those on trainings, of a table of one method with a record for each of these facts."""

    def of(*facts: dict) -> list[str]:
        spec = next(spec for spec in read_suite("quickstart").specs if spec.training)
        records = [replace(make_record(replace(spec, seed=seed)), facts=one) for seed, one in enumerate(facts)]
        return [note for note in make_table("", "", records).notes if note.startswith("verification: ")]

    return of


def test_nothing_is_noted_of_good_trainings_and_of_old_records(notes):
    early = GOOD | {"step": 300, "rank1": 0.0}
    first = {"loss": 9.9, "chance": 2.0}
    assert notes({"looks": [early, GOOD], "first_loss": first}, {}) == []


def test_a_collapse_at_the_end_is_noted(notes):
    last = GOOD | {"rank1": 0.0, "chance": 0.0003, "cosine": 0.994}
    assert notes({"looks": [GOOD, last]}, {}, {"looks": [last]}) == [
        "verification: collapsed: after 1,000 steps rank-1 on training classes is 0.0 % (chance 0.03 %), and images of "
        "different classes have a mean cosine of 0.99"
    ]
    assert len(notes({"looks": [last | {"rank1": 0.015}]})) == 1
    assert notes({"looks": [last | {"rank1": 0.015, "cosine": 0.3}]}) == []
    assert notes({"looks": [last | {"rank1": 0.6}]}) == []


def test_a_first_loss_of_more_than_five_times_that_of_chance_is_noted(notes):
    assert notes({"first_loss": {"loss": 105.0, "chance": 3.0}}) == [
        "verification: its first loss, 105, was 35 times that of chance: a smaller scale may train better"
    ]


def test_embeddings_with_an_offset_are_noted(notes):
    assert notes({"looks": [GOOD], "offset": 120.0}) == [
        "verification: embeddings share an offset of 120 times their spread, so they were compared in float64"
    ]
