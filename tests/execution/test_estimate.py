from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.execution import estimate
from fewshot.execution.estimate import GIB, MOST, STEPS, _kind, memory_lines, most_held, smallest_part, step_seconds
from fewshot.registry.lookup import add_plugin
from fewshot.suites.suite import read_suite

SMALL = ["size=16", "training.task={ way = 2, shot = 1, query = 1 }", "training.affine=0"]
SLOW = '''"""A step of at least 30 milliseconds."""

import time

from fewshot import loss


@loss(similarity="cosine")
def slow(support, query, similarity):
    time.sleep(0.03)
    return similarity.distance(support.flatten(1, 2), query.flatten(1, 2)).mean()
'''


def spec(loss: str = "triplet", *changes: str, **keywords):
    (found,) = read_suite("quickstart", changes=[*SMALL, *changes], **keywords).only([f"loss={loss}"]).specs
    return found


@pytest.fixture
def steps(monkeypatch):
    """Makes steps take so many made-up seconds each, the last for the rest; `seen` are their tasks."""
    clock = SimpleNamespace(now=0.0, seen=[])

    def take(*seconds):
        clock.now, clock.seen = 0.0, []

        def take_step(state, objective, batches, recipe, seed):
            clock.now += seconds[min(len(clock.seen), len(seconds) - 1)]
            clock.seen.append(batches(len(clock.seen)))

        monkeypatch.setattr(estimate, "take_step", take_step)
        monkeypatch.setattr(estimate, "time", SimpleNamespace(perf_counter=lambda: clock.now))
        return clock

    return take


def test_a_step_takes_some_time():
    assert 0 < step_seconds(spec(), "cpu") < 5


def test_a_slow_loss_is_measured(tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    add_plugin(tmp_path / "slow.py")
    (found,) = read_suite("quickstart", changes=[*SMALL, "losses+=slow"]).only(["loss=slow"]).specs
    assert step_seconds(found, "cpu") >= 0.03


def test_the_first_step_which_warms_up_does_not_count(steps):
    clock = steps(2.0, 0.25)
    assert step_seconds(spec(), "cpu") == 0.25
    assert len(clock.seen) == STEPS


def test_one_step_that_was_disturbed_does_not_count(steps):
    steps(0.1, 0.25, 0.25, 1.5, 0.25)
    assert step_seconds(spec(), "cpu") == 0.25


def test_of_long_steps_there_are_two(steps):
    clock = steps(100.0, 60.0)
    assert step_seconds(spec(), "cpu") == 60.0
    assert len(clock.seen) == 2


def test_tasks_have_the_shapes_of_the_recipe(steps):
    clock = steps(0.1)
    step_seconds(spec(), "cpu")
    tasks = clock.seen[0]
    assert tasks.support.shape == (1, 2, 1, 1, 16, 16)
    assert tasks.query.shape == (1, 2, 1, 1, 16, 16)
    assert tasks.classes.tolist() == [[0, 1]]
    assert 0 <= tasks.support.min() < tasks.support.max() <= 1


def test_a_recipe_of_one_step_can_be_estimated():
    assert 0 < step_seconds(spec(steps=1), "cpu") < 5


def test_of_pairs_half_as_many_tasks_of_two_ways_are_measured(steps):
    clock = steps(0.1)
    step_seconds(spec("triplet", "training.pairs=20", "training.batch=6"), "cpu")
    assert clock.seen[0].left.shape == clock.seen[0].right.shape == (3, 2, 1, 16, 16)


def test_of_many_tasks_a_part_is_measured_and_scaled(steps):
    clock, many = steps(0.1), MOST // (4 * 16**2)
    large = spec("triplet", f"training.batch={2 * many}")
    assert step_seconds(large, "cpu") == pytest.approx(0.2)
    assert clock.seen[0].support.shape == (many, 2, 1, 1, 16, 16)
    assert smallest_part([spec("triplet"), large], 1) == (2 * many, many)
    assert smallest_part([large], 2) == (many, many)  # of two processes each takes a half
    assert smallest_part([replace(large, size=[8, 32], training=replace(large.training, turn="none"))], 1) == (
        2 * many,
        many,
    )
    (one,) = read_suite("quickstart", changes=["training.task.way=60", "size=84"]).only(["loss=triplet"]).specs
    assert smallest_part([one], 1) == (1, 1)


def test_a_step_of_pairs_takes_some_time():
    assert 0 < step_seconds(spec("verification", "training.pairs=20", "training.batch=4"), "cpu") < 5


PHOTOS = (
    "dataset=folder:people", "protocol=held_out", "training.crop=0.5", "training.jitter=0.4", "normalise=own",
    'options."folder:people"={ split = "0.5/0.25/0.25", resize = 24 }', "training.other_authors=false",
)  # fmt: skip


def test_a_step_on_photographs_starts_from_the_stored_size(steps, photographs):
    clock = steps(0.5)
    assert step_seconds(spec("triplet", *PHOTOS), "cpu", [photographs]) == 0.5
    assert clock.seen[0].support.shape[-3:] == (3, 16, 16)
    assert step_seconds(spec("triplet", *PHOTOS, "training.crop=0.0"), "cpu", [photographs]) == 0.5


def test_photographs_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(RequestError, match="folder:people: expected a folder"):
        step_seconds(spec("triplet", *PHOTOS), "cpu", [tmp_path])


def test_a_step_of_pairs_is_timed_by_its_own_shape():
    pairs = ["training.pairs=20", "training.batch=4"]
    assert _kind(spec("verification", *pairs)) != _kind(spec("verification", "training.batch=4"))
    assert _kind(spec("verification", *pairs)) == _kind(spec("verification", *pairs, "training.task.way=7"))


@pytest.mark.parametrize(
    ("loss", "search", "kinds"),
    [
        ("contrastive", "search.options.contrastive.margin=[1, 2]", 1),
        ("triplet", "search.triplet.mining=['all', 'hardest']", 2),
    ],
)
def test_the_numbers_that_a_search_varies_are_timed_once(loss, search, kinds):
    (cell,) = read_suite("quickstart", changes=[search]).only([f"loss={loss}"]).cells
    assert len({_kind(run) for run in cell.candidates}) == kinds


def test_memory_is_no_less_than_the_process_holds_and_the_images_add_to_it():
    held = np.ones(300 * 2**20, np.uint8)
    assert held.all()
    line = memory_lines("cpu", 10 * GIB, 2)
    amount = float(line.split()[1])
    assert line.endswith("GiB of memory for each process, 10.0 GiB of it images")
    assert amount > 10.3


def test_of_a_device_that_is_not_here_nothing_is_known():
    assert most_held("cuda:99") is None
    assert memory_lines("cuda:99", 10 * GIB, 2) == ""


def test_the_memory_that_steps_add_is_scaled_where_a_part_of_the_tasks_was_measured():
    before = most_held("cpu") - 2**30
    memory, scaled = memory_lines("cpu", 0, 1, before, (30, 10)).splitlines()
    assert float(memory.split()[1]) == pytest.approx((before + 3 * 2**30) / GIB, abs=0.1)
    assert scaled == "time and memory of a step of 30 tasks are estimated from one of 10"
