"""Operating points: thresholds that are chosen on some pairs, to be used on others."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from fewshot.core.statistics.intervals import Numbers
from fewshot.core.statistics.likelihood_ratios import calibrate
from fewshot.core.statistics.roc import Roc, roc_of

FMRS = (1e-1, 1e-2, 1e-3)
EQUAL = "eer"
POINTS: Mapping[str, float | None] = {EQUAL: None} | {f"fmr={fmr:g}": fmr for fmr in FMRS}  # and their target


@dataclass(frozen=True)
class Chosen:
    """Thresholds by name, and the slope and the offset that turn a score into a log-likelihood ratio.

    `chosen_by` is the id of the run on val that chose them, "" where the network itself did. `rule` is how it compares
    several references of one class, "" where that was not chosen.
    """

    points: Mapping[str, float] = field(default_factory=dict)
    calibration: tuple[float, float] | None = None
    chosen_by: str = ""
    rule: str = ""


def choose(same: Numbers, different: Numbers, chosen_by: str = "", digits: int = 9) -> Chosen:
    """The points and the calibration of scores; nothing is chosen without pairs of both kinds.

    Nine digits keep a threshold between two scores of six, as records have them; 17 are all that a number has.

    Failures to acquire, of score −infinity, are left out.
    """
    scored = [np.asarray(kind, float)[np.isfinite(kind)] for kind in (same, different)]
    if not all(map(len, scored)):
        return Chosen()
    fitted, points = calibrate(*scored), choose_points(*scored)
    slope, offset = (float(f"{value:.{digits}g}") for value in (fitted.slope, fitted.offset))
    points = {name: float(f"{value:.{digits}g}") for name, value in points.items()}
    return Chosen(points, (slope, offset), chosen_by)


def choose_points(same: Numbers, different: Numbers) -> dict[str, float]:
    """The threshold of each of `POINTS` on these pairs; a pair is a match if it scores at least the threshold.

    "eer" is where FNMR and FMR are nearest to each other, of several such the one with the fewest errors; "fmr=0.01"
    the lowest with an FMR of at most 1 %. Thresholds are half-way between two scores or, beyond all scores, as far from
    the last as is usual between two.

    >>> from fewshot.core.statistics.operating_points import choose_points
    >>> choose_points([2, 3, 4], [0, 1, 2.5])
    {'eer': 2.25, 'fmr=0.1': 2.75, 'fmr=0.01': 2.75, 'fmr=0.001': 2.75}
    """
    curve = roc_of(same, different)
    missed = curve.false_non_matches * curve.false_matches[0]  # both of one denominator, for rounding parts no equals
    matched = curve.false_matches * curve.false_non_matches[-1]
    equal = int(np.lexsort([missed + matched, np.abs(missed - matched)])[0])
    places = {name: equal if fmr is None else curve.first_at(fmr) for name, fmr in POINTS.items()}
    return {name: _threshold(curve, place) for name, place in places.items()}


def _threshold(curve: Roc, place: int) -> float:
    """A number at which the pairs match that match at this place of the curve."""
    scores = curve.thresholds[np.isfinite(curve.thresholds)]
    beyond = (scores[-1] / 2 - scores[0] / 2) / (len(scores) - 1) if len(scores) > 1 else 0.5
    ends = np.concatenate([[scores[0] - 2 * beyond], scores, [scores[-1] + 2 * beyond]])
    above = int(np.searchsorted(scores, curve.thresholds[place])) + 1
    return float(ends[above - 1] / 2 + ends[above] / 2)
