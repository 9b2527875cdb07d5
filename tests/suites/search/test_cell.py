from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.spec.run_spec import RunSpec, twin_of
from fewshot.suites.search.cell import Cell, cells_of
from fewshot.suites.search.choice import Rungs
from fewshot.suites.search.points import points
from fewshot.suites.status import Status
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


def cell_of(spec: RunSpec, keys: dict, seed: int = 0, rungs: Rungs = Rungs()) -> Cell:  # noqa: B008
    """The cell of a spec's own seed, its search having another."""
    return cells_of(spec, points(keys) if keys else [], rungs, [seed, spec.seed])[1]


def standing(cell: Cell, records, failed=()):
    return cell.standing({record.id: record for record in records}, {one.id: "why" for one in failed})


def chosen(cell: Cell, records, failed=()) -> int | None:
    """The place of the chosen value in the search."""
    spec = standing(cell, records, failed).chosen
    return None if spec is None else cell.finals.index(spec)


def test_without_a_search_a_cell_is_its_spec():
    cell = cell_of(SPEC, {}, 0)
    assert cell == Cell(SPEC, (SPEC,))
    assert standing(cell, []).chosen == SPEC


class Uncounted(dict):
    """Records that are looked up one by one: going through all of them for each cell would be quadratic."""

    def __iter__(self):
        raise AssertionError


def test_the_state_of_a_cell_costs_no_look_at_every_record(record):
    for twins in (False, True):
        (cell,) = cells_of(SPEC, [], Rungs(), [0], twins=twins)
        assert cell.standing(Uncounted({SPEC.id: record(SPEC, 0.5)}), Uncounted()).chosen == SPEC


def test_a_cell_waits_for_the_twin_of_its_network():
    cell, plain = cells_of(SPEC, [], Rungs(), [0], twins=True)[0], cells_of(SPEC, [], Rungs(), [0])[0]
    twin = twin_of(SPEC)
    assert (twin.stage, twin.training.learn, twin.seed) == ("val", "train", SPEC.seed)
    assert replace(twin, stage="test", training=SPEC.training) == SPEC
    assert standing(plain, []).runs == ()
    assert (standing(cell, []).chosen, standing(cell, []).runs) == (SPEC, (twin,))
    assert standing(cell, [], [twin]).runs == ()  # a twin that failed
    learned_from_train = replace(SPEC, training=replace(TRAINING, learn="train"))
    assert twin_of(learned_from_train) is twin_of(twin) is None


def test_the_runs_of_a_suite_are_twins_and_then_cells(make_record):
    suite = read_suite("quickstart", changes=["training.learn=train+val", "training.select=last", "twins=true"])
    suite = suite.only(["loss=triplet"])
    (spec,), twin = suite.specs, twin_of(suite.specs[0])
    assert [*Status(suite, {}, {}).ahead] == [twin, spec]
    assert Status(suite, {}, {}).to_run == [twin]
    assert Status(suite, {twin.id: make_record(twin)}, {}).to_run == [spec]
    assert Status(suite, {spec.id: make_record(spec)}, {}).ahead == []  # records from before stay as they are


def test_an_ensemble_waits_for_its_members(make_record):
    members = [replace(SPEC, seed=seed) for seed in (0, 4)]
    whole = replace(SPEC, seed=0, members=(0, 4))
    cell, known = Cell(whole, (whole,)), [make_record(one) for one in members]
    assert (standing(cell, []).chosen, standing(cell, []).runs) == (whole, (*members,))
    assert standing(cell, known[:1]).runs == (members[1],)
    assert standing(cell, known).runs == ()
    assert standing(cell, known[:1], members[1:]).why == "its member of seed 4, why"


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
    cells = cells_of(SPEC, points(RATES), Rungs(), [0, 1])
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


def test_a_rung_trains_for_its_own_steps_and_the_best_go_on_to_the_next(record):
    cell = cell_of(SPEC, RATES, 0, Rungs((60, 80), (2,)))
    first, second = ([runs[0] for runs in rung] for rung in cell.rungs)
    assert {run.training.steps for run in first} == {60}
    assert [replace(run, training=replace(run.training, steps=60)) for run in second] == first
    begin = standing(cell, [])
    assert (list(begin.runs), begin.later) == (first, (*second[:2], cell.finals[0]))
    assert list(cell.planned) == [*first, *second[:2]]
    short = [record(run, accuracy) for run, accuracy in zip(first, (0.5, 0.2, 0.7), strict=True)]
    after = standing(cell, short)
    assert (after.chosen, list(after.runs), after.later) == (None, [second[0], second[2]], (cell.finals[0],))
    assert chosen(cell, [*short, record(second[0], 0.9), record(second[2], 0.8)]) == 0
    assert chosen(cell, [*short, record(second[2], 0.1)], [second[0]]) == 2


def test_fewer_than_are_kept_go_on_where_others_failed(record):
    cell = cell_of(SPEC, RATES, 0, Rungs((60, 80), (2,)))
    first, second = ([runs[0] for runs in rung] for rung in cell.rungs)
    assert standing(cell, [record(first[1], 0.1)], [first[0], first[2]]).runs == (second[1],)
    lost = standing(cell, [record(first[1], 0.1)], [first[0], first[2], second[1]])
    assert (lost.chosen, lost.runs, lost.later, lost.why) == (None, (), (), "every value of its search, why")


def test_the_mean_over_the_folds_chooses(record):
    cell = cell_of(SPEC, RATES, 0, Rungs(folds=2))
    assert [(run.fold, run.folds, run.stage) for run in cell.rungs[0][0]] == [(1, 2, "val"), (2, 2, "val")]
    assert {final.folds for final in cell.finals} == {0}
    (one, other), (two, second), (three, third) = cell.rungs[0]
    found = [record(one, 0.9), record(other, 0.1), record(two, 0.6), record(second, 0.6), record(three, 0.8)]
    assert standing(cell, found).runs == (third,)
    assert chosen(cell, [*found, record(third, 0.2)]) == 1
    assert chosen(cell, found, [third]) == 1


def test_the_searched_options_of_a_part_are_those_of_its_final_and_its_runs():
    keys = {"options.triplet.margin": [0.5, 2], "options.conv4.widths": [[8, 8], [8, 8, 8]], "batch": [1, 2]}
    cell = cell_of(SPEC, keys, 0)
    assert len(cell.finals) == 8
    for one in (cell.finals[-1], cell.rungs[0][-1][0]):
        assert one.loss == replace(SPEC.loss, options=SPEC.loss.options | {"margin": 2.0})
        assert (one.backbone.options["widths"], one.training.batch) == ([8, 8, 8], 2)
    assert cell.start == SPEC


def test_lists_and_tables_that_were_tried_are_told_once_each():
    task = TaskShape(5, 1, 2)
    tried = ({"options.conv4.widths": [8, 8]}, {"options.conv4.widths": [16]}, {"options.conv4.widths": [8, 8]})
    cell = Cell(SPEC, (SPEC,) * 3, tuple(one | {"task": task} for one in tried))
    assert cell.tried == f"conv4.widths [8, 8] or [16], task {task}"


def test_points_with_the_same_accuracies_in_another_order_are_equals(record):
    cell = cell_of(SPEC, RATES)
    runs = [run for rung in cell.rungs for own in rung for run in own]
    accuracies = ((0.3, 0.2, 0.1), (0.1, 0.2, 0.3), (0.2, 0.1, 0.3))
    assert chosen(cell, [record(run, *own) for run, own in zip(runs, accuracies, strict=True)]) == 0


def test_the_smallest_and_the_largest_value_that_were_tried_are_ends():
    cell = cell_of(SPEC, {"learning_rate": [0.2, 0.1, 0.3], "batch": [1, 2], "optimiser": ["sgd", "adamw"]}, 0)
    choices = [cell.choice(final, {}) for final in cell.finals]
    ends = {(one.values["learning_rate"], one.values["batch"]): one.ends for one in choices}
    assert ends[0.2, 1] == {"batch"}
    assert ends[0.1, 2] == ends[0.3, 1] == {"learning_rate", "batch"}
    mixed = ({"options.mine.scale": 1.0}, {"options.mine.scale": "learned"})  # values of no order have no ends
    assert Cell(SPEC, cell.finals[:2], mixed, cell.rungs).choice(cell.finals[0], {}).ends == set()


@pytest.mark.parametrize(("best", "second", "wider"), [(0, 1, True), (0, 2, False), (7, 6, True), (1, 0, False)])
def test_a_range_goes_on_where_the_two_best_lie_in_one_outer_quarter(record, best, second, wider):
    cell = cell_of(SPEC, {"learning_rate": [0.1 * number for number in range(1, 9)]})
    scores = {best: 0.9, second: 0.8}
    found = {one.id: record(one, scores.get(place, 0.5)) for place, (one,) in enumerate(cell.rungs[0])}
    assert cell.choice(cell.finals[best], found).wider == (("learning_rate",) if wider else ())


def test_the_momentum_of_a_searched_run_rises_over_its_own_length():
    long = replace(SPEC, training=replace(TRAINING, optimiser="sgd", momentum_ramp=90))
    cell = cell_of(long, RATES)
    assert {run.training.momentum_ramp for run in cell.candidates} == {31}  # of 34 steps, as 90 of 100
    assert {run.training.momentum_ramp for run in cell.finals} == {90}


def test_a_search_in_words():
    assert cell_of(SPEC, RATES, 0).search == "3 points trained for 34 steps"
    whole = cell_of(SPEC, RATES, 0, Rungs((60, 80), (2,), 5)).search
    assert whole == "3 points trained for 60 steps, the best 2 anew for 80 steps, each on 5 folds of train and val"


def test_default_values_are_measured_on_val_beside_those_tried_and_never_chosen(record):
    keys, rungs = RATES, Rungs((60, 100), (2,), defaults=True)
    cell = cell_of(replace(SPEC, seed=5), keys, 3, rungs)
    (untuned,) = cell.untuned
    assert (untuned.stage, untuned.seed, untuned.training.learn, untuned.training.steps) == ("val", 3, "train", 100)
    assert untuned.training.learning_rate == SPEC.training.learning_rate
    assert untuned in cell.candidates
    first = [record(run, 0.1 * number) for number, (run,) in enumerate(cell.rungs[0], start=1)]
    assert untuned in standing(cell, []).runs
    last = [record(run, 0.5) for runs in cell.rungs[1] for run in runs]
    settled = standing(cell, [*first, *last])
    assert settled.runs == (untuned,)
    everything = {one.id: one for one in [*first, *last, record(untuned, 0.9)]}
    assert cell.standing(everything, {}).chosen == settled.chosen
    choice = cell.choice(settled.chosen, everything)
    assert (choice.score, choice.untuned) == (0.5, 0.9)
    assert cell.choice(settled.chosen, {}).untuned is None
    assert cell.standing({one.id: one for one in [*first, *last]}, {untuned.id: "diverged"}).runs == ()


def test_a_search_that_would_halve_nothing_or_never_reach_its_rates_is_refused():
    with pytest.raises(RequestError, match=r"search\.keep: expected fewer than the 3 points of this cell, got 3"):
        cell_of(SPEC, RATES, 0, Rungs((60, 80), (3,)))
    with pytest.raises(RequestError, match=r"search\.rungs: expected more steps than the warm-up of 50, got 50"):
        cell_of(SPEC, RATES, 0, Rungs((50, 80), (2,)))


def test_a_cell_whose_twin_failed_has_failed(make_record):
    spec = replace(SPEC, training=replace(SPEC.training, learn="train+val"))
    (cell,) = cells_of(spec, [], Rungs(), [0], twins=True)
    twin = twin_of(spec)
    assert standing(cell, []).runs == (twin,)
    assert standing(cell, [], [twin]).why == "its twin on val, why"
    assert standing(cell, [make_record(twin)]).chosen == spec


def test_a_short_momentum_ramp_stays_one_in_a_searched_run():
    ramp = {"optimiser": "sgd", "momentum_ramp": 1, "momentum_start": 0.2}
    spec = replace(SPEC, training=replace(SPEC.training, **ramp))
    assert {run.training.momentum_ramp for run in cell_of(spec, RATES, 0).candidates} == {1}
