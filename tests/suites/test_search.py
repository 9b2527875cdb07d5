from dataclasses import replace

import pytest

from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.spec import RunSpec
from fewshot.suites.search import Cell, cell_of
from fewshot.suites.suite import read_suite

TRAINING = Recipe(steps=100, learning_rate=0.5, learn="train+val", select="last")
SPEC = replace(read_suite("quickstart").only(["loss=triplet"]).specs[0], training=TRAINING)
RATES = {"learning_rate": [1.0, 0.1, 0.01]}


@pytest.fixture
def record(make_record):
    """Makes the record of a spec with these accuracies on the first and, always 1, on the second kind of task."""

    def make(spec: RunSpec, *first: float):
        return replace(make_record(spec), accuracy={"5-way 1-shot": list(first), "20-way 1-shot": [1.0] * len(first)})

    return make


def chosen(cell: Cell, records, failed=()) -> int | None:
    """The place of the chosen value in the search."""
    spec = cell.chosen({record.id: record for record in records}, {one.id: "why" for one in failed})
    return None if spec is None else cell.finals.index(spec)


def test_without_a_search_a_cell_is_its_spec():
    cell = cell_of(SPEC, {}, 0)
    assert cell == Cell((SPEC,))
    assert cell.chosen({}) is SPEC


def test_nothing_is_searched_where_nothing_is_trained():
    pixels = read_suite("quickstart").only(["learner=pixels"]).specs[0]
    assert cell_of(pixels, RATES, 0) == Cell((pixels,))


def test_each_value_makes_a_final_that_differs_in_it_alone():
    cell = cell_of(SPEC, RATES, 0)
    assert [final.training.learning_rate for final in cell.finals] == RATES["learning_rate"]
    for final in cell.finals:
        assert replace(final, training=replace(final.training, learning_rate=0.5)) == SPEC


def test_a_candidate_is_its_final_on_val_at_a_third_of_the_steps():
    cell = cell_of(replace(SPEC, seed=5), RATES, 3)
    for final, candidate in zip(cell.finals, cell.candidates, strict=True):
        assert (candidate.stage, candidate.seed, candidate.training.learn) == ("val", 3, "train")
        assert candidate.training.steps == 34
        undone = replace(candidate.training, steps=100, learn="train+val")
        assert replace(candidate, stage="test", seed=5, training=undone) == final


@pytest.mark.parametrize(("steps", "short"), [(1, 1), (2, 1), (3, 1), (4, 2), (600, 200)])
def test_a_third_of_the_steps_is_rounded_up(steps, short):
    spec = replace(SPEC, training=replace(TRAINING, steps=steps))
    assert {one.training.steps for one in cell_of(spec, RATES, 0).candidates} == {short}


def test_all_seeds_share_one_search():
    cells = [cell_of(replace(SPEC, seed=seed), RATES, 0) for seed in (0, 1)]
    assert cells[0].candidates == cells[1].candidates
    assert {final.id for final in cells[0].finals}.isdisjoint(final.id for final in cells[1].finals)


def test_a_search_of_two_keys_has_every_combination():
    cell = cell_of(SPEC, {"batch": [1, 2], "learning_rate": [1, 2, 3]}, 0)
    found = [(final.training.batch, final.training.learning_rate) for final in cell.finals]
    assert found == [(batch, rate) for batch in (1, 2) for rate in (1.0, 2.0, 3.0)]
    assert len({one.id for one in (*cell.finals, *cell.candidates)}) == 12


def test_a_task_can_be_searched():
    shapes = [{"way": 5, "shot": 1, "query": 1}, {"way": 5, "shot": 5, "query": 1}]
    cell = cell_of(SPEC, {"task": shapes}, 0)
    assert [one.training.task for one in cell.candidates] == [TaskShape(5, 1, 1), TaskShape(5, 5, 1)]


def test_the_best_mean_on_the_first_kind_of_task_is_chosen(record):
    cell = cell_of(SPEC, RATES, 0)
    one, two, three = cell.candidates
    assert chosen(cell, [record(one, 0.9, 0.0), record(two, 0.4, 0.6), record(three, 0.1, 0.2)]) == 1


def test_of_equals_the_earliest_is_chosen_in_whatever_order_they_were_recorded(record):
    cell = cell_of(SPEC, RATES, 0)
    one, two, three = cell.candidates
    records = [record(three, 0.5, 0.5), record(two, 1.0, 0.0), record(one, 0.25, 0.25)]
    assert chosen(cell, records) == chosen(cell, records[::-1]) == 1


def test_nothing_is_chosen_before_every_candidate_is_recorded_or_has_failed(record):
    cell = cell_of(SPEC, RATES, 0)
    one, two, three = cell.candidates
    assert chosen(cell, []) is None
    assert chosen(cell, [record(one, 1.0), record(two, 1.0)]) is None
    assert chosen(cell, [record(one, 1.0)], [two]) is None
    assert chosen(cell, [record(two, 1.0)], [one, three]) == 1


def test_a_candidate_that_failed_is_worse_than_one_that_is_never_right(record):
    cell = cell_of(SPEC, RATES, 0)
    one, two, three = cell.candidates
    assert chosen(cell, [record(three, 0.0)], [one, two]) == 2


def test_nothing_is_chosen_when_all_failed():
    cell = cell_of(SPEC, RATES, 0)
    assert chosen(cell, [], cell.candidates) is None


def test_the_record_of_a_final_does_not_decide_its_search(record):
    cell = cell_of(SPEC, RATES, 0)
    assert chosen(cell, [record(final, 1.0) for final in cell.finals]) is None
