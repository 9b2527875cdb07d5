"""The charts of a page: ROC, DET and accuracy on val of several methods, and one method's trainings and scores."""

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

from fewshot.records.record import RunRecord
from fewshot.reporting.comparisons.identities import failed_of, forgeries_of, of_role, scores_of
from fewshot.reporting.figures.methods import of_pairs
from fewshot.reporting.figures.pairs import det, roc
from fewshot.reporting.labels import of_training
from fewshot.reporting.mistakes.pairs import judged
from fewshot.reporting.screen.chart import COLOURS, Axis, Line, chart, even
from fewshot.reporting.summary import Method

BINS = 40
HIGHEST = 90.0  # rate of a DET, in %
RATES = (0.01, 0.1, 1, 10, 100)  # ticks of a logarithmic axis, in %


def looks(methods: Sequence[Method]) -> dict[str, str]:
    """The look of each method by its id: a colour for the best trained ones by their first task, grey for the rest."""
    trained = [one for one in methods if one.network]
    best = sorted(trained, key=lambda one: -one.accuracy[next(iter(one.accuracy))].mean())
    found = {one.spec.id: f"k{place}" if place < COLOURS else "rest" for place, one in enumerate(best)}
    return found | {one.spec.id: "free" for one in methods if not one.network}


def overview(methods: Sequence[Method]) -> list[str]:
    """The charts of several methods on one evaluation that their records hold something for."""
    look = looks(methods)
    return [found for draw in (_roc, _det, _val) if (found := draw(methods, look))]


def of_trainings(method: Method) -> list[str]:
    """The training loss of each of a method's trainings, and their accuracy on val."""
    rows = [record for record in method.records if record.curve]
    if not rows:
        return []
    steps = [step for record in rows for step, *_ in record.curve]
    losses = [loss for record in rows for _, loss, _ in record.curve]
    x, several = even("step", steps, low=0), len(rows) > 1
    look = {record.id: f"k{place % COLOURS}" for place, record in enumerate(rows)}  # folds have one seed
    lines = [_training(record, [(step, loss) for step, loss, _ in record.curve], look) for record in rows]
    charts = [chart("Training loss", lines, x, even("loss", [*losses, 0.0]), named=several)]
    val = [(record, [(step, 100 * one) for step, _, one in record.curve if one is not None]) for record in rows]
    if values := [value for _, points in val for _, value in points]:
        lines = [_training(record, points, look) for record, points in val if points]
        charts.append(chart("Accuracy on val", lines, x, even("accuracy, %", values), named=several))
    return charts


def histogram(record: RunRecord) -> str:
    """The scores of same and different pairs of one record, with the threshold; "" without scores of both."""
    record = of_role(record)
    if not record.same or not record.different:
        return ""
    both = np.array([*record.same, *record.different])
    edges = np.linspace(both.min(), max(both.max(), both.min() + 1e-9), BINS + 1)
    named = {"same pairs": record.same, forgeries_of(record) or "different pairs": record.different}
    lines = [
        Line("", words, _steps(edges, np.histogram(scores, edges)[0] / len(scores)), f"k{number}", area=True)
        for number, (words, scores) in enumerate(named.items())
    ]
    verdict = judged(record)
    x, y = even("score", both.tolist()), even("pairs, %", [share for line in lines for _, share in line.points], low=0)
    rules = [(verdict.threshold, "threshold")] if np.isfinite(verdict.threshold) else []
    seed = f", {', '.join(of_training(record.spec))}" if record.spec.training else ""
    return chart(f"Scores of pairs{seed}", lines, x, y, rules, named=True)


def _roc(methods: Sequence[Method], look: dict[str, str]) -> str:
    found = {one.spec.id: roc.curve(*_scores(one, roc.FEWEST, methods)) for one in methods if _scored(one)}
    if not found:
        return ""
    lines = [
        Line(
            one.spec.id,
            f"{one.label}: area {row['said']} %",
            [(100 * a, 100 * h) for a, h in zip(row["alarm"], row["hit"], strict=True)],
            look[one.spec.id],
            [(100 * fmr, 100 - 100 * fnmr) for fmr, fnmr in row.get("points", {}).values()],
        )
        for one in methods
        if (row := found.get(one.spec.id))
    ]
    least = min(line.points[0][0] for line in lines)
    hits = [value for line in lines for _, value in line.points]
    x = Axis(f"{_different(methods)} taken for same, %", least, 100, [(t, f"{t:g}") for t in RATES if t >= least], _log)
    return chart("ROC", lines, x, even("same pairs found, %", [*hits, 100.0]))


def _det(methods: Sequence[Method], look: dict[str, str]) -> str:
    found = {one.spec.id: det.curve(*_scores(one, det.FEWEST, methods)) for one in methods if _scored(one)}
    lines = []
    for one in methods:
        if row := found.get(one.spec.id):
            points = [(100 * a, 100 * b) for a, b in zip(row["fmr"], row["fnmr"], strict=True)]
            points = [(a, b) for a, b in points if a <= HIGHEST and 0 < b <= HIGHEST]
            marks = [(100 * a, 100 * b) for a, b in row.get("points", {}).values() if a >= row["fmr"][0] and b]
            label = f"{one.label}: equal error {row['said']} %"
            lines += [Line(one.spec.id, label, points, look[one.spec.id], marks)] if points else []
    if not lines:
        return ""
    every = [rate for line in lines for point in line.points for rate in point]
    low, high = min(*every, 1.0), max(*every, 50.0)
    ticks = [(rate, f"{rate:g}") for rate in det.TICKS if low <= rate <= high]
    x, y = (Axis(title, low, high, ticks, _deviate) for title in (
        f"{_different(methods)} that match (FMR), %", "same pairs that do not (FNMR), %",
    ))  # fmt: skip
    return chart("DET", lines, x, y)


def _val(methods: Sequence[Method], look: dict[str, str]) -> str:
    lines = []
    for one in methods:
        at: dict[int, list[float]] = {}
        for record in one.records:
            for step, _, value in record.curve:
                at.setdefault(step, []).extend([] if value is None else [100 * value])
        points = [(step, sum(some) / len(some)) for step, some in sorted(at.items()) if len(some) == len(one.records)]
        lines += [Line(one.spec.id, one.label, points, look[one.spec.id])] if points else []
    if not lines:
        return ""
    steps, values = zip(*(point for line in lines for point in line.points), strict=True)
    of = "folds" if any(one.folds for one in methods) else "seeds"
    seeds = f", mean of {of}" if any(len(one.records) > 1 for one in methods) else ""
    return chart("Accuracy on val", lines, even("step", steps, low=0), even(f"accuracy, %{seeds}", values))


def _scored(method: Method) -> bool:
    return len(of_pairs(method.compared)) == len(method.records)


def _scores(method: Method, fewest: float, methods: Sequence[Method]) -> tuple:
    """The arguments of a curve: scores, the least rate that all methods are drawn from, and thresholds."""
    scored = [record for one in methods if _scored(one) for record in one.compared]
    least = max(fewest / (len(record.different) + failed_of(record)[1]) for record in scored)
    each = [of_role(one) for one in method.even]
    return [*map(scores_of, each)], least, [one.points for one in each]


def _different(methods: Sequence[Method]) -> str:
    return next((kind for one in methods if (kind := forgeries_of(one.records[0]))), "different pairs")


def _training(record: RunRecord, points: list[tuple[float, float]], look: dict[str, str]) -> Line:
    return Line("", ", ".join(of_training(record.spec)), points, look[record.id])


def _steps(edges: np.ndarray, shares: np.ndarray) -> list[tuple[float, float]]:
    """The corners of a histogram, in %, from the left."""
    corners = [(edges[0], 0.0)]
    for number, share in enumerate(shares):
        corners += [(edges[number], 100 * share), (edges[number + 1], 100 * share)]
    return [(float(x), float(y)) for x, y in (*corners, (edges[-1], 0.0))]


def _log(value: float) -> float:
    return float(np.log10(value))


def _deviate(rate: float) -> float:
    return NormalDist().inv_cdf(rate / 100)
