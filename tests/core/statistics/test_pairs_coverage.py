"""How often intervals over identities cover the truth, by simulation; `results/intervals.md` holds the table.

Scores are normal: a part of identities, of which different-class pairs have both and one of the two together, a part of
the pair, and of each training, alone and with identity and pair. The truth is of other identities and trainings.
"""

from collections.abc import Callable
from itertools import product

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from fewshot.core.statistics.influences import (
    area_of_pairs,
    equal_error_of_pairs,
    fnmr_of_pairs,
    mean_of_kinds,
    share_of_pairs,
)
from fewshot.core.statistics.likelihood_ratios import Calibration, costs, pooled
from fewshot.core.statistics.pairs import Identities
from fewshot.core.statistics.ranks import rank

PAIRS, TRAINING, AGAIN = 1000, 0.1, 0.25  # pairs of a kind; deviations of a training, and of it with an identity
EFFECTS = {"weak": 0.1, "strong": 0.5}  # share of identities in the variance of a score
DRAWS, COST_DRAWS = 1000, 400  # of each case of the tables
FMR = 0.03  # 30 false matches are expected
COSTS = ("Cllr", "minCllr")
Covered = Callable[[np.random.Generator, int, int, float, float], list[bool]]
FIGURES = ("accuracy", "FNMR", "FMR", "ROC area", "equal error", f"FNMR at FMR {FMR:.0%}")


def three_identities(draw: np.random.Generator, number: int) -> np.ndarray:
    """Three identities of each pair of pairs, as in evaluation: of the same-class and of the different-class pair."""
    found = draw.integers(number - np.arange(3), size=(PAIRS, 3))
    found[:, 1] += found[:, 1] >= found[:, 0]
    for taken in np.sort(found[:, :2]).T:
        found[:, 2] += found[:, 2] >= taken
    return found


def drawn(
    draw: np.random.Generator, trainings: int, number: int, effect: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Identities of pairs, and centred scores `[training pair]` of the same and of different classes."""
    identity = three_identities(draw, number)
    first, second = identity[:, 1], identity[:, 2]
    again = float(trainings > 1)
    own, of_different = draw.normal(size=(2, number))
    of_different = (own + np.sqrt(3) * of_different) / 2  # correlated, as who is hard to know may be hard to tell apart
    of_two = draw.normal(size=(number, number))
    of_two = (of_two + of_two.T) / np.sqrt(2)
    of_training = AGAIN * again * draw.normal(size=(trainings, number))

    def kind(of_identity: np.ndarray, changed: np.ndarray) -> np.ndarray:
        pair = draw.normal(size=PAIRS) * np.sqrt(1 - again / 2)
        pair = pair + draw.normal(size=(trainings, PAIRS)) * np.sqrt(again / 2)
        shift = TRAINING * again * draw.normal(size=(trainings, 1))
        return shift + np.sqrt(effect) * (of_identity + changed) + np.sqrt(1 - effect) * pair

    same = kind(own[identity[:, 0]], of_training[:, identity[:, 0]])
    sums = np.sqrt(0.3) * (of_different[first] + of_different[second]) + np.sqrt(0.4) * of_two[first, second]
    return identity, same, kind(sums, (of_training[:, first] + of_training[:, second]) / np.sqrt(2))


def variances(trainings: int, effect: float) -> tuple[float, float]:
    """The variance of a score in one training, and over trainings."""
    again = float(trainings > 1)
    within = 1 + again * effect * AGAIN**2
    return within, within + again * TRAINING**2


def covered(draw: np.random.Generator, trainings: int, number: int, effect: float, rate: float) -> list[bool]:
    """Whether the interval of each of `FIGURES` covers the truth, whose error rate is `rate`, in one draw."""
    identity, same, different = drawn(draw, trainings, number, effect)
    again, (within, over) = float(trainings > 1), variances(trainings, effect)
    middle = -ndtri(rate) * np.sqrt(over)
    hit, kept = same + middle >= 0, different - middle < 0
    nearer = np.sqrt(2) * middle  # between the kinds' means, for an area of 1 − rate
    error = ndtr(-2 * middle / np.sqrt(4 * within + 2 * again * TRAINING**2))
    missed = ndtr((-ndtri(FMR) * np.sqrt(within) - 2 * middle) / np.sqrt(within + again * 2 * TRAINING**2))
    both, none = Identities(identity[:, 0], identity[:, 1:]), np.zeros((trainings, 0))
    found = [
        (both.interval(share_of_pairs(hit, kept)), 1 - rate),
        (Identities(identity[:, 0], []).interval(share_of_pairs(~hit, none)), rate),
        (Identities([], identity[:, 1:]).interval(share_of_pairs(none, ~kept)), rate),
        (both.interval(area_of_pairs(rank(same + nearer, different))), 1 - rate),
        (both.interval(equal_error_of_pairs(rank(same + middle, different - middle))), error),
        (both.interval(fnmr_of_pairs(rank(same + middle, different - middle), FMR)), missed),
    ]
    return [one.low <= truth <= one.high for one, truth in found]


def costs_covered(draw: np.random.Generator, trainings: int, number: int, effect: float, rate: float) -> list[bool]:
    """Whether the interval of each of `COSTS` covers the truth in one draw; Cllr is that of one fixed calibration."""
    identity, same, different = drawn(draw, trainings, number, effect)
    within, over = variances(trainings, effect)
    middle = -ndtri(rate) * np.sqrt(over)
    same, different, fixed = same + middle, different - middle, Calibration(2 * middle / over, 0.0)
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()

    def cost(ratios: np.ndarray) -> np.ndarray:
        """Cllr of normal ratios with these means in units of nodes, along the last axis."""
        return costs(ratios, [])[0] @ weights

    apart = 2 * middle + np.sqrt(2 * (over - within)) * nodes  # of the kinds' means, in each training
    best = (apart / np.sqrt(within))[:, None] * (nodes + (apart / np.sqrt(within))[:, None] / 2)
    truths = cost(fixed.slope * (middle + np.sqrt(over) * nodes)), weights @ cost(best)
    both, maps = Identities(identity[:, 0], identity[:, 1:]), (lambda *kinds: map(fixed.ratios, kinds), pooled)
    trained = [*zip(same, different, strict=True)]
    each = ([costs(*ratios(*one)) for one in trained] for ratios in maps)
    figures = [mean_of_kinds(*map(np.stack, zip(*rows, strict=True))) for rows in each]
    found = both.symmetric(figures[0]), both.interval(figures[1])
    return [one.low <= truth <= one.high for one, truth in zip(found, truths, strict=True)]


def coverage(
    trainings: int, number: int, effect: float, rate: float, draws: int, measure: Covered = covered
) -> np.ndarray:
    """The coverage of each of `FIGURES`, or of `COSTS` by `costs_covered`, in %."""
    draw = np.random.default_rng(number)
    return 100 * np.mean([measure(draw, trainings, number, effect, rate) for _ in range(draws)], 0)


@pytest.mark.parametrize(("trainings", "number"), [(1, 50), (3, 20)])
def test_intervals_cover_the_truth(trainings, number):
    found = coverage(trainings, number, EFFECTS["strong"], 0.1, 60)
    assert (found >= 83).all()  # 60 draws at 93 %, less three standard errors
    assert found.mean() < 99.5


def test_pairs_taken_as_independent_would_not_cover_it():
    """The simulation can fail: each pair as an identity of its own covers far less."""
    draw, hits = np.random.default_rng(0), []
    for _ in range(60):
        identity = three_identities(draw, 20)[:, 0]
        right = draw.normal(size=20)[identity] + draw.normal(size=PAIRS) > 0
        one = Identities(range(PAIRS), []).interval(share_of_pairs(right[None], np.zeros((1, 0))))
        hits.append(one.low <= 0.5 <= one.high)
    assert np.mean(hits) < 0.6


@pytest.mark.slow
def test_the_table_of_coverages():
    """All cells of the table, 1,000 draws each, which `pytest -s` prints."""
    print("\n| trainings | identities | effect | error rate |", *(f"{name} |" for name in FIGURES))
    print("|---|---|---|---|" + "---|" * len(FIGURES))
    for trainings, number, effect, rate in product((1, 3), (20, 50, 400), EFFECTS, (0.5, 0.1, 0.01)):
        found = coverage(trainings, number, EFFECTS[effect], rate, DRAWS)
        print(f"| {trainings} | {number} | {effect} | {rate:.0%} |", *(f"{one:.1f} |" for one in found), flush=True)
        hardest = (number, effect, rate) == (20, "strong", 0.01)
        at_chance = FIGURES.index("equal error") if rate == 0.5 else len(FIGURES)  # its hull's rate is at most chance
        assert (np.delete([*found, 95], at_chance) >= (87 if hardest else 91)).all()
        assert (found <= 98.5).all()


def test_intervals_of_costs_cover_the_truth():
    found = coverage(1, 50, EFFECTS["strong"], 0.1, 40, costs_covered)
    assert (found >= 82).all()  # 40 draws at 93 %, less three standard errors


@pytest.mark.slow
def test_the_table_of_coverages_of_costs():
    """All cells of the second table, `COST_DRAWS` each, which `pytest -s` prints."""
    print("\n| trainings | identities | effect | error rate |", *(f"{name} |" for name in COSTS))
    print("|---|---|---|---|" + "---|" * len(COSTS))
    for trainings, number, effect, rate in product((1, 3), (20, 50, 400), EFFECTS, (0.3, 0.1, 0.01)):
        found = coverage(trainings, number, EFFECTS[effect], rate, COST_DRAWS, costs_covered)
        print(f"| {trainings} | {number} | {effect} | {rate:.0%} |", *(f"{one:.1f} |" for one in found), flush=True)
        assert (found >= [80, 70]).all()
        assert (found <= 99).all()
