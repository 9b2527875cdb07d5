"""Short training runs on the embedded typefaces beat chance and raw pixels; on shuffled labels nothing does."""

from dataclasses import replace

import pytest
from runs import run_spec

from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.intervals import Interval, t_interval
from fewshot.core.statistics.roc import roc_area
from fewshot.protocols import load_protocol
from fewshot.suites.suite import read_suite

STEPS = 60
LOSSES = (pytest.param("verification", marks=pytest.mark.slow), "prototypical")  # by pairs, and by classes
PIXELS = read_suite("quickstart").only(["learner=pixels"]).specs[0]


def trained(loss: str, steps: int) -> RunSpec:
    """The quickstart's cell with fewer steps, each of half the queries, and no selection."""
    smaller = [f"training.val_every={steps}", "training.select=last", "training.warmup=5", "training.task.query=2"]
    return read_suite("quickstart", steps=steps, changes=smaller).only([f"loss={loss}"]).specs[0]


def measured(spec: RunSpec) -> tuple[dict[str, Interval], float]:
    """Intervals by kind of task, and the area under the verification curve."""
    found = run_spec(spec).measured
    return {name: t_interval(values) for name, values in found.accuracy.items()}, roc_area(found.same, found.different)


CHANCE = {episodes.name: 1 / episodes.shape.way for episodes in load_protocol("scripts").test}


@pytest.fixture(scope="module")
def of_pixels():
    return measured(PIXELS)


@pytest.mark.parametrize("loss", LOSSES)
def test_training_beats_chance_and_pixels_by_both_intervals(loss, of_pixels):
    found, area = measured(trained(loss, STEPS))
    assert found.keys() == CHANCE.keys()
    for name, chance in CHANCE.items():
        pixels = of_pixels[0][name]
        assert chance < pixels.mean - pixels.half
        assert pixels.mean + pixels.half < found[name].mean - found[name].half
    assert area > of_pixels[1] > 0.5


@pytest.mark.parametrize("spec", [PIXELS, trained("prototypical", 10)], ids=["pixels", "prototypical"])
def test_on_shuffled_labels_everything_is_at_chance(spec):
    found, area = measured(replace(spec, shuffled_labels=True))
    for name, chance in CHANCE.items():
        assert abs(found[name].mean - chance) < 1.5 * found[name].half  # p = 0.003
    assert area == pytest.approx(0.5, abs=0.03)
