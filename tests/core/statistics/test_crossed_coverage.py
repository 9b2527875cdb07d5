"""How often intervals over trainings and units cover the truth, by simulation; `results/intervals.md` holds the table.

Values are sums of normal parts of training, unit, and both together, around a mean of 0.
"""

import numpy as np
import pytest

from fewshot.core.statistics.crossed import crossed_interval
from fewshot.core.statistics.intervals import t_interval

DRAWS = 3000  # of each case of the table
UNITS = (5, 10, 20, 100, 400)
MIXES = ((0, 10, 3), (1, 10, 3), (1, 3, 3), (1, 1, 1), (2, 1, 1), (1, 1, 2), (1, 0.5, 2))  # training, unit, rest
ALLOWED = {3: (91, 98.5), 5: (93, 97.5)}  # coverage in %, by trainings


def draws(trainings: int, units: int, mix: tuple[float, float, float], number: int) -> np.ndarray:
    """Values `[draw training unit]` whose parts have the deviations of a mix."""
    draw = np.random.default_rng(units)
    shapes = ((trainings, 1), (1, units), (trainings, units))
    return sum(size * draw.normal(size=(number, *shape)) for size, shape in zip(mix, shapes, strict=True))


def coverage(trainings: int, units: int, mix: tuple[float, float, float], number: int) -> float:
    """The share of intervals that hold 0, in %."""
    found = [crossed_interval(values) for values in draws(trainings, units, mix, number)]
    return float(100 * np.mean([abs(one.mean) <= one.half for one in found]))


@pytest.mark.parametrize(("trainings", "units", "mix"), [(3, 10, MIXES[0]), (3, 100, MIXES[3]), (5, 20, MIXES[6])])
def test_intervals_cover_the_truth(trainings, units, mix):
    low, high = ALLOWED[trainings]
    assert low - 2 <= coverage(trainings, units, mix, 1000) <= high + 1  # 1,000 draws: two standard errors are 1.4


def test_units_alone_would_not_cover_it():
    """The simulation can fail: Student's interval over units leaves out that trainings differ."""
    found = [t_interval(values.mean(0)) for values in draws(3, 100, MIXES[3], 300)]
    assert np.mean([abs(one.mean) <= one.half for one in found]) < 0.5


@pytest.mark.slow
def test_the_table_of_coverages():
    """The lowest and highest coverage over the mixes, 3,000 draws each, which `pytest -s` prints."""
    print("\n| trainings |", *(f"{units} units |" for units in UNITS))
    print("|---" * (1 + len(UNITS)) + "|")
    found = {}
    for trainings in ALLOWED:
        cells = {units: [coverage(trainings, units, mix, DRAWS) for mix in MIXES] for units in UNITS}
        print(f"| {trainings} |", *(f"{min(each):.1f}–{max(each):.1f} |" for each in cells.values()), flush=True)
        found |= {(trainings, units, mix): one for units in UNITS for mix, one in zip(MIXES, cells[units], strict=True)}
    assert {case: one for case, one in found.items() if not ALLOWED[case[0]][0] <= one <= ALLOWED[case[0]][1]} == {}
