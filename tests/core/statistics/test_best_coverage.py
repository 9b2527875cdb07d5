"""How often a truly best method keeps its star, and one that is far worse loses its own, by simulation."""

import numpy as np
import pytest

from fewshot.core.statistics.best import Contest

CASES = [(k, s, u) for k in (2, 10, 30) for s in (1, 3, 5) for u in (10, 20, 400)]
UNIT, REST = 1.0, 2.0  # standard deviations of method × unit and of training × unit, that of trainings being 1


def simulated(methods: int, trainings: int, units: int, apart: float, tables: int) -> tuple[float, float]:
    """The shares of tables in which one of equals keeps its star, and in which one 4 standard errors worse loses it.

    `apart` is the deviation of the logarithms of the training variances.
    """
    draw, kept, caught = np.random.default_rng([methods, trainings, units]), 0, 0
    for _ in range(tables):
        size = np.exp(draw.normal(0, apart / 2, methods)) if trainings > 1 else np.zeros(methods)
        common = draw.normal(0, 3, units) + draw.normal(0, UNIT, (methods, 1, units))
        values = common + draw.normal(size=(methods, trainings, 1)) * size[:, None, None]
        values += draw.normal(0, REST, (methods, trainings, units))
        kept += Contest([*values]).has_star(0)
        error = (size[:2] ** 2).sum() / trainings + 2 * UNIT**2 / units + 2 * REST**2 / (trainings * units)
        values[1] -= 4 * np.sqrt(error)
        caught += not Contest([*values]).has_star(1)
    return kept / tables, caught / tables


@pytest.mark.slow
@pytest.mark.parametrize("apart", [0.0, 0.7])
@pytest.mark.parametrize(("methods", "trainings", "units"), CASES)
def test_the_best_keeps_its_star(methods, trainings, units, apart):
    tables = 600
    kept, caught = simulated(methods, trainings, units, apart, tables)
    print(f"| {methods} | {trainings} | {units} | {apart} | {100 * kept:.1f} | {100 * caught:.1f} |")
    claim = 0.9 if apart else 0.94
    assert kept >= claim - 2 * np.sqrt(claim * (1 - claim) / tables)
    assert caught >= 0.8
