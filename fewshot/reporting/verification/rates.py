"""Error rates and costs of scores of pairs, each with its count and its interval over identities."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

import numpy as np

from fewshot.core.spec.names import FORGED
from fewshot.core.statistics.crossed import crossed_interval
from fewshot.core.statistics.influences import (
    PairFigure,
    area_of_pairs,
    equal_error_of_pairs,
    fnmr_of_pairs,
    mean_of_different,
    mean_of_kinds,
    mean_of_same,
)
from fewshot.core.statistics.intervals import t_interval
from fewshot.core.statistics.likelihood_ratios import Calibration, costs, miscalibrated, pooled
from fewshot.core.statistics.operating_points import FMRS, POINTS
from fewshot.core.statistics.pairs import Share, of_none
from fewshot.core.statistics.ranks import rank
from fewshot.core.statistics.roc import equal_error_rate
from fewshot.reporting.verification.pair_scores import PairScores

OWN = "equal error, own thresholds"
COSTS = ("Cllr", "minCllr")  # in bits; all other figures are shares
EXPECTED = 30  # false matches: where fewer are expected, a rate says little
Found = TypeVar("Found")
Kinds = tuple[np.ndarray, np.ndarray]  # of the same and of different classes


@dataclass(frozen=True)
class Figure:
    """A figure, its interval over identities and trainings, and its count of errors among so many pairs.

    A rate at an FMR has the number of false matches that are `expected`. `each` counts the pairs of one training.
    """

    value: float
    interval: Share | None = None
    errors: int | None = None
    pairs: int | None = None
    each: int | None = None
    expected: float | None = None

    @property
    def few(self) -> bool:
        """True of a rate that says little, as fewer than `EXPECTED` false matches are expected."""
        return self.expected is not None and self.expected < EXPECTED


@dataclass(frozen=True)
class Point:
    """An operating point: its name, each training's threshold, and the rates there."""

    name: str
    thresholds: tuple[float, ...]
    fmr: Figure
    fnmr: Figure


def _once(figures: Callable[[PairScores], Found]) -> Callable[[PairScores], Found]:
    """The function, which computes the figures of the same scores once."""

    @wraps(figures)
    def found(scores: PairScores) -> Found:
        if figures.__name__ not in scores.figures:
            scores.figures[figures.__name__] = figures(scores)
        return scores.figures[figures.__name__]

    return found


@_once
def curve_figures(scores: PairScores) -> dict[str, Figure]:
    """ROC area, equal error and the FNMR at each of `FMRS`, all of thresholds on these pairs themselves."""
    if scores.folds:
        return over_folds([curve_figures(one) for one in scores.folds])
    ranks, pairs = rank(scores.same, scores.different), scores.different.shape[1]
    found = {
        "ROC area": _figure(scores, area_of_pairs(ranks)),
        "equal error": _figure(scores, equal_error_of_pairs(ranks)),
    }
    if each := _own_thresholds(scores):
        found[OWN] = each
    for fmr in FMRS:
        rate = fnmr_of_pairs(ranks, fmr)
        each = scores.same.shape[1]
        counts = {"errors": round(float(rate.values.sum()) * each), "pairs": scores.same.size, "each": each}
        found[name_of(fmr)] = _figure(scores, rate, **counts, expected=fmr * pairs)
    return found


def _own_thresholds(scores: PairScores) -> Figure | None:
    """The mean of the equal errors with a threshold for each identity, with its interval over these and trainings; None
    unless all different pairs are of a class and a forgery of it, and a class has pairs of both kinds."""
    if scores.sides is None or scores.forged is None or not scores.forged.all():
        return None
    same, different = scores.sides
    of_pair, there = different[:, 0], np.intersect1d(same, different)
    if not len(there):
        return None
    errors = [
        [equal_error_rate(ours[same == one], theirs[of_pair == one]) for one in there]
        for ours, theirs in zip(scores.same, scores.different, strict=True)
    ]
    found = crossed_interval(errors)
    low, high = (min(1.0, max(0.0, found.mean + side * found.half)) for side in (-1, 1))
    return Figure(found.mean, Share(found.mean, found.half, found.n, low, high))


def name_of(fmr: float) -> str:
    """The heading of the FNMR at an FMR."""
    return f"FNMR at FMR {100 * fmr:g} %"


@_once
def cost_figures(scores: PairScores) -> dict[str, Figure]:
    """Cllr and the calibration error after the calibration chosen on val, where there is one, and minCllr; none where
    all pairs of a kind are failures to acquire."""
    if scores.folds:
        return over_folds([cost_figures(one) for one in scores.folds])
    if not all(np.isfinite(kind).any(1).all() for kind in (scores.same, scores.different)):
        return {}
    found = {}
    if scores.chosen:
        fits = [Calibration(*one.calibration) for one in scores.chosen]
        found["Cllr"] = _figure(
            scores, _mean_of(scores, lambda fit, *kinds: costs(*map(fit.ratios, kinds)), fits), False
        )
    found["minCllr"] = _figure(scores, _mean_of(scores, lambda _, *kinds: costs(*pooled(*kinds))))
    if scores.chosen:
        error = _mean_of(scores, lambda fit, *kinds: miscalibrated(*map(fit.ratios, kinds)), fits)
        found["calibration error"] = _figure(scores, error)
    return found


@_once
def point_figures(scores: PairScores) -> list[Point]:
    """The rates of these pairs at the thresholds that were chosen on others."""
    if not scores.chosen:
        return []
    if scores.folds:
        return _points_of_folds([point_figures(one) for one in scores.folds])
    found, aimed = [], scores.role in ("", FORGED)  # at these pairs, not at those of another role
    for name, fmr in POINTS.items():
        thresholds = tuple(one.points[name] for one in scores.chosen)
        at = np.array(thresholds)[:, None]
        missed, matched = scores.same < at, scores.different >= at
        rates = mean_of_different(matched, missed.shape[1]), mean_of_same(missed, matched.shape[1])
        expected = (fmr if fmr and aimed else float(matched.mean())) * matched.shape[1]
        counts = [{"errors": int(one.sum()), "pairs": one.size, "each": one.shape[1]} for one in (matched, missed)]
        found.append(
            Point(
                name,
                thresholds,
                *(_figure(scores, rate, **own, expected=expected) for rate, own in zip(rates, counts, strict=True)),
            )
        )
    return found


def _points_of_folds(found: Sequence[Sequence[Point]]) -> list[Point]:
    """Each point with the thresholds of all folds and the means of their rates."""
    points = []
    for own in zip(*found, strict=True):
        rates = over_folds([{"fmr": one.fmr, "fnmr": one.fnmr} for one in own], together=True)
        points.append(Point(own[0].name, tuple(value for one in own for value in one.thresholds), **rates))
    return points


def over_folds(found: Sequence[Mapping[str, Figure]], *, together: bool = False) -> dict[str, Figure]:
    """The mean of each figure that all folds have, with Student's interval over these, and the sums of its counts.

    One fold has its own figures.
    The false matches that are expected are those of the least fold, whose own pairs set its threshold, or those of all
    `together`, where other pairs did.
    """
    if len(found) == 1:
        return {**found[0]}
    means = {}
    for name in [name for name in found[0] if all(name in one for one in found)]:
        each = [one[name] for one in found]
        over = t_interval([one.value for one in each])
        counts = {key: _sum(getattr(one, key) for one in each) for key in ("errors", "pairs", "each")}
        expected = [one.expected for one in each if one.expected is not None]
        counts["expected"] = (sum if together else min)(expected) if expected else None
        low, high, half = max(0.0, over.mean - over.half), over.mean + over.half, over.half
        if over.mean in (0, 1) and counts["each"]:  # of equal values Student's interval has no width
            low, high = of_none(over.mean, counts["each"])
            half = (high - low) / 2
        interval = Share(over.mean, half, over.n, low, high if name in COSTS else min(1.0, high))
        means[name] = Figure(over.mean, interval, **counts)
    return means


def _sum(counts: Iterable[int | None]) -> int | None:
    return sum(there) if (there := [count for count in counts if count is not None]) else None


def _figure(scores: PairScores, found: PairFigure, bounded: bool = True, **counts: float) -> Figure:
    known = scores.identities
    interval = (known.interval if bounded else known.symmetric)(found) if known else None
    return Figure(float(found.values.mean()), interval, **counts)


def _mean_of(scores: PairScores, measure: Callable[..., Kinds], fits: Sequence[Calibration | None] = ()) -> PairFigure:
    """The mean of a measure of each training's pairs that have a score, each kind weighing one half."""
    found = tuple(np.full(kind.shape, np.nan) for kind in (scores.same, scores.different))
    for number, fit in enumerate(fits or [None] * len(scores.same)):
        rows = scores.same[number], scores.different[number]
        there = [np.isfinite(row) for row in rows]
        values = measure(fit, *(row[has] for row, has in zip(rows, there, strict=True)))
        for kind, has, own in zip(found, there, values, strict=True):
            kind[number, has] = own
    return mean_of_kinds(*found)
