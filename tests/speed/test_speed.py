"""The speed measurements: turns, ratios, words, and that the work measured is the same."""

import json
import sys
from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest
import torch
from torch.utils.data import Sampler

from fewshot.core.recipe import TaskShape

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "benchmarks" / "speed"
KEPT = sorted((ROOT / "results" / "speed").glob("*-threads.json"))


@pytest.fixture(autouse=True)
def speed(monkeypatch):
    """A module of benchmarks/speed by its name, imported as its own command does."""
    monkeypatch.syspath_prepend(FOLDER)
    monkeypatch.setattr(Sampler, "__init__", Sampler.__init__)  # easyfsl gets another
    yield import_module
    for file in FOLDER.glob("[!_]*.py"):
        sys.modules.pop(file.stem, None)


def test_a_ratio_is_of_the_same_round(speed):
    found = speed("turns").ratio([2.0, 6.0, 9.0], [1.0, 2.0, 1.0])
    assert (found.least, found.median, found.most) == (2.0, 3.0, 9.0)
    assert str(found) == "3 (2 to 9)"


@pytest.mark.parametrize("file", KEPT, ids=lambda file: file.stem)
def test_what_is_written_is_what_was_measured(file, speed):
    assert file.with_suffix(".md").read_text("utf-8") == speed("report").report(json.loads(file.read_text("utf-8")))


def test_the_speedrun_is_what_its_records_say(speed):
    """The words are those of a rebuild, with all three recipes, five seeds of each on val."""
    words = speed("speedrun").report(ROOT / "results")
    assert (ROOT / "results" / "speed" / "speedrun.md").read_text("utf-8") == words
    assert words.count("(n = 5)") == 3


def test_where_the_speedruns_time_goes_is_what_was_measured(speed):
    """In words of every recipe, and all shares of a step's time together are the whole."""
    kept = ROOT / "results" / "speed" / "spending.json"
    found = json.loads(kept.read_text("utf-8"))
    assert kept.with_suffix(".md").read_text("utf-8") == speed("spending").report(found)
    assert set(found["shares"]) == {spec.id for spec in speed("ceiling").recipes()}
    assert all(sum(shares.values()) == pytest.approx(1) for shares in found["shares"].values())


@pytest.mark.slow
def test_a_recipe_that_learns_from_val_is_measured_on_every_trial(speed, omniglot_data):
    ceiling = speed("ceiling")
    spec = ceiling.recipes()[0]
    found = ceiling.measured(replace(spec, training=replace(spec.training, steps=1, val_every=1)))
    assert len(found["accuracy"]) == 400
    assert 0 < sum(found["accuracy"]) / 400 < 1
    assert (found["facts"]["learned_from"], found["facts"]["steps"]) == ("train+val", 1)


@pytest.mark.slow
def test_both_loops_compute_the_same_loss(speed, omniglot_data, monkeypatch):
    monkeypatch.setattr(speed("stepping"), "SHAPE", TaskShape(10, 5, 5))
    found = speed("stepping").check("cpu")
    assert set(found) == set(speed("stepping").TOLERANCE)
    assert max(found.values()) > 0  # bfloat16 is not float32


@pytest.mark.slow
def test_the_operations_of_a_step_are_those_of_its_convolutions(speed, omniglot_data):
    """Thrice those of the forward pass, but for the gradient of the images, which nobody needs; and a product."""
    sides, images, width = (28, 14, 7, 3), 600, 64
    first, *others = (
        2 * images * side**2 * 9 * width * before for side, before in zip(sides, (1, *[width] * 3), strict=True)
    )
    product = 3 * 2 * (60 * 5) * 60 * width
    expected = 2 * first + 3 * sum(others) + product
    assert speed("multiplying").operations_of_a_step() == pytest.approx(expected, rel=1e-3)


@pytest.mark.slow
def test_both_sides_learn_from_as_many_images(speed, glyph_bank, monkeypatch):
    """A step of ours, of tasks and of pairs, and one of the peer's."""
    pytest.importorskip("learn2learn")
    learning, counted = speed("learning"), []
    monkeypatch.setattr(learning, "PAIRS", 90)
    monkeypatch.setitem(learning.STEPS, "cpu", 1)
    monkeypatch.setitem(learning.KINDS, "koch", replace(learning.KINDS["koch"], size=65))
    monkeypatch.setattr(learning, "omniglot", lambda protocol, _: glyph_bank(60, size=learning.KINDS[protocol].size))
    for work in (
        learning.ours("vinyals", "prototypical", "float32", "cpu"),
        learning.prototypical_networks("cpu"),
        learning.ours("koch", "verification", "float32", "cpu"),
        learning.siamese_network("cpu"),
    ):
        with torch.autograd.profiler.profile(record_shapes=True) as seen:
            work()
        shapes = [event.input_shapes[0] for event in seen.function_events if event.name == "aten::conv2d"]
        counted.append(sum(images for images, channels, *_ in shapes if channels == 1))
    assert counted == [360, 360, 16, 16]


def test_every_library_draws_tasks_of_the_same_shape(speed, omniglot_data):
    pytest.importorskip("learn2learn")
    pytest.importorskip("easyfsl")
    drawing, shape = speed("drawing"), speed("drawing").SHAPES[1]
    bank = drawing.omniglot()
    for name, tasks in drawing.PEERS.items():
        images, labels, *more = next(tasks(bank, shape))
        drawn = images if not more else torch.cat([images, more[0]])
        labelled = labels if not more else torch.cat([labels, more[1]])
        assert drawn.shape == (shape.way * (shape.shot + shape.query), 1, 28, 28), name
        assert len(labelled.unique()) == shape.way
        assert 0 <= drawn.min() < drawn.max() <= 1
