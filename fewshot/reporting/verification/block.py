"""The table of verification: a block of rates and costs, one of rates at operating points, and notes in plain words."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from fewshot.core.spec.names import CALLED, FORGED, PAIR_FIGURES
from fewshot.core.statistics.likelihood_ratios import BINS
from fewshot.core.statistics.operating_points import FMRS
from fewshot.reporting.blocks import Block
from fewshot.reporting.cells import half
from fewshot.reporting.columns import NONE
from fewshot.reporting.comparisons.notes import OF_NONE
from fewshot.reporting.verification.pair_scores import PairScores
from fewshot.reporting.verification.rates import (
    COSTS,
    EXPECTED,
    OWN,
    Figure,
    cost_figures,
    curve_figures,
    name_of,
    point_figures,
)

CAPTION, FEW = "Verification", "too few pairs"


def blocks_of(found: Sequence[PairScores], header: str) -> tuple[Block, ...]:
    """A line for each system, labelled under a header, with figures on these pairs alone; then one for each point."""
    figures = [curve_figures(one) | cost_figures(one) for one in found]
    names = list(dict.fromkeys(name for one in figures for name in one))
    names.sort(key=lambda name: name in (*COSTS, "calibration error"))
    lines = [
        (scores.named, *(_text(own.get(name), in_bits=name in COSTS) for name in names))
        for scores, own in zip(found, figures, strict=True)
    ]
    blocks = [Block((header, *names), tuple(lines), caption=CAPTION)]
    roles = list(dict.fromkeys(one.role for one in found))
    rates = [line for system in _systems(found) for line in _points(system, roles)]
    if rates:
        columns = (", ".join(filter(None, ("FMR", CALLED.get(role, role)))) for role in roles)
        blocks.append(Block((header, "point", "threshold", *columns, "FNMR"), tuple(rates), 2, caption=CAPTION))
    return tuple(blocks)


def notes_of(found: Sequence[PairScores], chosen_on: str) -> list[str]:
    """On the pairs, the intervals and the definition of each figure; thresholds were chosen on pairs of `chosen_on`."""
    if not found:
        return []
    rates = [(one, rate) for one in found for rate in _rates(one)]
    counts = dict.fromkeys(
        f"{one.same.shape[1]:,} pairs of one class, {one.different.shape[1]:,} of {CALLED.get(one.role, 'two')}"
        for one in found
    )
    two = f"two classes{' or with a forgery' if any(one.role == FORGED for one in found) else ''}"
    notes = [
        f"FMR, FNMR: share of the pairs of {two} that match, and of those of one class that do not, in % "
        f"(TAR at an FAR is 100 − FNMR at this FMR); a match scores at least the threshold; {'; '.join(counts)}",
        *_on_intervals(found, rates),
        "equal error: where FMR is FNMR on the convex hull of the ROC; FNMR at an FMR: the lowest of the thresholds "
        "with at most this FMR on these pairs themselves",
    ]
    if own := [one for one in found if OWN in curve_figures(one)]:
        notes.append(
            f"{OWN}: the mean of the equal errors with the threshold that is best for each of the "
            f"{(own[0].folds or own)[0].word}, which is optimistic, as no one knows these thresholds beforehand"
        )
    if any(rate.few for _, rate in rates):
        folded = ", or at points of all folds" if any(one.folds for one in found) else ""
        few = f"fewer than {EXPECTED} false matches are expected of one training{folded}, so that the rate says little"
        notes.append(f"{FEW}: {few}")
    cost = (
        "minCllr: the least Cllr of these scores by any rising map (PAV), whose interval is too narrow, as it fits them"
    )
    if any(one.chosen for one in found):
        twins = any(chosen.chosen_by for one in found for chosen in one.chosen)
        by = ", by the twin that learned from train alone where the network learned from val too" if twins else ""
        notes.append(
            f"points: thresholds chosen on {chosen_on}{by}; eer where both rates are nearest, fmr=0.01 the lowest with "
            "FMR ≤ 1 %"
        )
        cost = (
            f"Cllr: cost of log-likelihood ratios in bits, 0 perfect, 1 says nothing, by logistic calibration on "
            f"{chosen_on}; {cost}; calibration error: of the probability at even odds, in {BINS} bins, in %; both "
            "kinds of pair weigh one half"
        )
    notes.append(cost)
    lost = [[int(np.isneginf(kind[0]).sum()) for kind in (one.same, one.different)] for one in found]
    if some := dict.fromkeys(
        f"{same:,} of one class and {different:,} of two" for same, different in lost if same + different
    ):
        notes.append(f"failures to acquire: {'; '.join(some)}, which match at no threshold and count in no Cllr")
    if unplaced := max(one.unplaced for one in found):
        notes.append(f"{unplaced:,} more failures, of two classes and without a role, are in no figure")
    return notes


def plain(scores: PairScores) -> dict:
    """The figures as plain values for JSON: rates are shares of 1."""
    figures = {name: _values(one) for name, one in (curve_figures(scores) | cost_figures(scores)).items()}
    points = {
        one.name: {"threshold": one.thresholds[0], "fmr": _values(one.fmr), "fnmr": _values(one.fnmr)}
        for one in point_figures(scores)
    }
    return {"pairs": [scores.same.shape[1], scores.different.shape[1]], "figures": figures, "points": points}


def tidy_values(scores: PairScores) -> dict[str, str]:
    """The figures as columns of a table's CSV: "fnmr_at_fmr_0.01", "fmr_at_eer", "fmr_at_eer_random".

    ROC area and equal error are left out, but for random forgeries, as every row has its own.
    """
    figures = {f"fnmr_at_fmr_{fmr:g}": curve_figures(scores)[name_of(fmr)] for fmr in FMRS}
    figures |= {name.lower().replace(" ", "_"): one for name, one in cost_figures(scores).items()}
    for point in point_figures(scores):
        figures |= {f"{rate}_at_{point.name}": getattr(point, rate) for rate in ("fmr", "fnmr")}
    ending = f"_{scores.role}" if scores.role not in ("", FORGED) else ""
    if ending:
        curve = curve_figures(scores)
        figures |= {"roc_area": curve[PAIR_FIGURES[0]], "equal_error_rate": curve[PAIR_FIGURES[1]]}
    return {f"{name}{ending}": f"{one.value:.4f}" for name, one in figures.items()}


def _values(figure: Figure) -> dict:
    interval = [figure.interval.low, figure.interval.high] if figure.interval else None
    counts = {"errors": figure.errors, "pairs": figure.pairs, "few": figure.few} if figure.pairs else {}
    return {"value": figure.value, "interval": interval} | counts


def _rates(scores: PairScores) -> Iterator[Figure]:
    yield from curve_figures(scores).values()
    yield from (rate for point in point_figures(scores) for rate in (point.fmr, point.fnmr))


def _on_intervals(found: Sequence[PairScores], rates: Sequence[tuple[PairScores, Figure]]) -> list[str]:
    words = dict.fromkeys(f"{one.word} (n = {one.known:,})" for one in found if one.identities)
    words |= dict.fromkeys(
        f"{one.word} (n = {len(one.folds):,}), each with trainings and thresholds of its own"
        for one in found
        if one.folds
    )
    again = any(len(one.same) > 1 and not one.folds for one in found)
    notes = [f"in brackets: 95 % interval over {', '.join(words)}{' and trainings' if again else ''}"] if words else []
    if words and any(rate.pairs and rate.interval and rate.value in (0, 1) for _, rate in rates):
        notes[0] += f"; {OF_NONE}"
    unknown = [one for one in found if not one.identities and not one.folds]
    reasons = {
        "the pairs name no identities (in a CSV, left and right)": any(not one.sides for one in unknown),
        "any two pairs of a kind have an identity in common": any(one.sides for one in unknown),
    }
    why = " or ".join(reason for reason, true in reasons.items() if true)
    return [*notes, f"({NONE}): not known, as {why}"] if why else notes


def _systems(found: Sequence[PairScores]) -> list[dict[str, PairScores]]:
    """The scores of each system by role."""
    systems: list[dict[str, PairScores]] = []
    for one in found:
        if not systems or one.role in systems[-1] or next(iter(systems[-1].values())).label != one.label:
            systems.append({})
        systems[-1][one.role] = one
    return systems


def _points(system: Mapping[str, PairScores], roles: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """A line for each point of a system, with the FMR of each role."""
    points = {role: point_figures(scores) for role, scores in system.items()}
    label = next(iter(system.values())).label
    for number, point in enumerate(next(iter(points.values()))):
        ends = sorted({f"{one:.6g}" for one in (min(point.thresholds), max(point.thresholds))}, key=float)
        rates = (_text(points[role][number].fmr if role in points else None) for role in roles)
        yield label, point.name, " to ".join(ends), *rates, _text(point.fnmr)


def _text(figure: Figure | None, in_bits: bool = False) -> str:
    """A figure as in a cell."""
    if not in_bits or not figure:
        return rate_text(figure, FEW)
    ends = f"{figure.interval.low:.3f}–{figure.interval.high:.3f}" if figure.interval else NONE
    return f"{figure.value:.3f} ({ends})"


def rate_text(figure: Figure | None, few: str) -> str:
    """A rate as in a cell, with `few` where it says little: "14.3 (10.1–19.0), 286 of 2,000, too few pairs"."""
    if figure is None:
        return NONE
    counts = f", {figure.errors:,} of {figure.pairs:,}" if figure.pairs else ""
    return f"{100 * figure.value:.1f} ({half(figure.interval)}){counts}{f', {few}' if figure.few else ''}"
