"""Tuning: each method's accuracy on val by its default values and by those that its search chose."""

from collections.abc import Sequence

from fewshot.reporting.comparisons.tuning import in_points
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import called, digits, ids, methods, plain
from fewshot.reporting.figures.page import rows as lines
from fewshot.reporting.figures.page.look import GREY, OURS
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, panel, put_remark, remark, sheet, write
from fewshot.reporting.figures.page.text_size import SMALL

NEEDS = "needs searches that measured the default values too (defaults = true)"
GAINS = 0.42  # inches on the right for the gains
NUMBER = 0.5  # inches at the axis' left end for the number of a value beyond it


def data(given: Given) -> list[dict]:
    """A row for each searched method whose defaults were measured, the best chosen values first."""
    rows = []
    for method in methods(given.records):
        choice = given.choices.get(method.spec.id)
        if choice and choice.score is not None and choice.untuned is not None:
            rows.append({**plain(method), "mean": digits(choice.score), "default": digits(choice.untuned),
                         "search": choice.search, "records": ids(method)})  # fmt: skip
    return sorted(rows, key=lambda row: -row["mean"])


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A line a method from its default to its tuned accuracy, and the gain in points on the right."""
    laid = lines.lay({"": [called(row, rows) for row in rows]}, 0.4 * page.wide)
    left, head = laid.wide + EDGE + 0.1, 0.22
    wide = page.wide - left - GAINS - EDGE
    filled = f"filled: the best of its search, by this very figure ({_searches(rows)}), so a little high"
    words, below = remark(page, f"open: defaults; {filled}; right: the gain in points")
    figure = sheet(page, head + laid.high + 0.42 + below)
    axes = panel(figure, left, head, wide, laid.high)
    ends = _ends([(100 * row["mean"], 100 * row["default"]) for row in rows], NUMBER / wide)
    lines.row_axes(axes, ends, laid, wide)
    lines.put_names(figure, laid, left, head)
    write(figure, page.wide - EDGE, head - 0.09, "gain", ha="right", va="center", size=SMALL)
    for row, y in zip(rows, laid.places, strict=True):
        before, after = 100 * row["default"], 100 * row["mean"]
        axes.plot([max(before, ends[0]), max(after, ends[0])], [y, y], color=OURS, lw=1.0)
        marks = [(before, {"mfc": "white", "mec": OURS, "mew": 0.9}), (after, {"color": OURS})]
        if outside := [f"{value:.1f}" for value, _ in marks if value < ends[0]]:
            axes.text(ends[0], y - 0.005, f"◂ {' to '.join(outside)}", va="center", size=SMALL, color=GREY,
                      bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip
        for value, look in marks:
            if value >= ends[0]:
                axes.plot(value, y, "o", ms=3.6, **look)
        gain = in_points(row["mean"] - row["default"])
        write(figure, page.wide - EDGE, head + y, gain, va="center", ha="right", size=SMALL)
    axes.set_xlabel("accuracy on val, %", labelpad=2)
    put_remark(figure, words)
    return figure


def _ends(pairs: Sequence[tuple[float, float]], number: float) -> tuple[float, float]:
    """The ends of the axis: a number at its left end, of a share of its width, hides no mark of its row."""
    left, right = lines.limits([3 * (one,) for pair in pairs for one in pair])
    while hidden := [max(pair) for pair in pairs if min(pair) < left <= max(pair) < left + number * (right - left)]:
        left = max(min(hidden) - number / (1 - number) * (right - min(hidden)) - 0.01, 0.0)
    return left, right


def _searches(rows: Sequence[dict]) -> str:
    """The searches in words."""
    each = list(dict.fromkeys(row["search"] for row in rows))
    return each[0] if len(each) == 1 else f"{len(each)} searches"
