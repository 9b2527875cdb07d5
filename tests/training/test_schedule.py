"""The course of the learning rate."""

import pytest

from fewshot.core.recipe import SCHEDULES, Recipe
from fewshot.training.schedule import learning_rate


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_rate_warms_up_in_a_straight_line(schedule):
    recipe = Recipe(steps=1000, warmup=4, schedule=schedule)
    assert [learning_rate(n, recipe, 0.2) for n in range(5)] == pytest.approx([0.05, 0.1, 0.15, 0.2, 0.2])


@pytest.mark.parametrize("schedule", ["cosine", "exponential"])
@pytest.mark.parametrize("warmup", [0, 100])
def test_the_rate_falls_to_its_last_share(schedule, warmup):
    recipe = Recipe(steps=1000, warmup=warmup, schedule=schedule, final_rate=0.05)
    rates = [learning_rate(n, recipe, 0.2) for n in range(warmup, 1000)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] == 0.2
    assert rates[-1] == pytest.approx(0.2 * 0.05, rel=0.01)


def test_the_rate_half_way():
    def half_way(schedule: str) -> float:
        return learning_rate(550, Recipe(steps=1000, warmup=100, schedule=schedule, final_rate=0.04), 1.0)

    assert half_way("constant") == 1.0
    assert half_way("cosine") == pytest.approx((1 + 0.04) / 2, rel=0.01)
    assert half_way("exponential") == pytest.approx(0.04**0.5, rel=0.01)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize(("steps", "warmup"), [(1, 0), (1, 1), (1, 50), (50, 50), (51, 50)])
def test_short_runs_have_a_rate(schedule, steps, warmup):
    recipe = Recipe(steps=steps, warmup=warmup, schedule=schedule)
    assert all(0 < learning_rate(n, recipe, 0.2) <= 0.2 for n in range(steps))


def test_the_rate_falls_by_a_hundredth_with_every_epoch_as_kochs_does():
    epochs, steps = 12, 50
    recipe = Recipe(steps=epochs * steps, warmup=0, schedule="exponential", final_rate=0.99**epochs)
    rates = [learning_rate(epoch * steps, recipe, 0.2) for epoch in range(epochs)]
    assert rates == pytest.approx([0.2 * 0.99**epoch for epoch in range(epochs)])
