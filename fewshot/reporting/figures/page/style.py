"""One look for every figure: column width, embedded fonts, Okabe and Ito's colours, and places measured in inches.

Figures are laid out by measured text, never cropped afterwards, so that the printed size is the requested size.
Nothing here imports matplotlib before a figure is drawn: a figure's source data is rebuilt without it.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from fewshot.core.statistics.intervals import Numbers
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.text_size import SMALL, TEXT, tall, wrap

PLOT, LEGEND = 2.75, 1.65  # inches: axes that have their legend on the right, and the legend's words
MARKS = "marks: thresholds chosen on val"  # in a legend
CROWD = 8  # more lines than these stand in one panel for each network
OURS, PUBLISHED, GREY, FAINT = "#0072B2", "#D55E00", "#666666", "#dddddd"
COLOURS = (OURS, PUBLISHED, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")
DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)))
LOOK = {
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.titlesize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 2.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "axes.axisbelow": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.5,
    "lines.linewidth": 1.2,
    "lines.markersize": 4.0,
    "text.parse_math": False,
    "pdf.fonttype": 42,
    "savefig.dpi": 200,
}


def sheet(page: Page, height: float) -> "matplotlib.figure.Figure":
    """An empty figure of the page's width and a height in inches."""
    from matplotlib.figure import Figure

    return Figure(figsize=(page.wide, height))


def panel(
    figure: "matplotlib.figure.Figure", left: float, top: float, wide: float, high: float
) -> "matplotlib.axes.Axes":
    """Axes of a size in inches, `left` and `top` inches from the figure's upper left corner."""
    width, height = figure.get_size_inches()
    return figure.add_axes((left / width, 1 - (top + high) / height, wide / width, high / height))


def write(figure: "matplotlib.figure.Figure", left: float, top: float, text: str, **look: object) -> None:
    """Text at inches from the figure's upper left corner."""
    figure.text(left / figure.get_figwidth(), 1 - top / figure.get_figheight(), text, **{"linespacing": 1.15, **look})


def remark(figure: "matplotlib.figure.Figure", text: str) -> None:
    """Small text at the figure's lower edge."""
    write(figure, 0.08, figure.get_figheight() - 0.08, text, size=SMALL, color=GREY, va="bottom")


def counts(numbers: Iterable[int]) -> str:
    """A count as text: "400", or "400 or 600" where they differ."""
    return " or ".join(f"{number:,}" for number in sorted(set(numbers)))


def looks(place: int, trained: bool = True) -> dict:
    """Colour, marker and dashes of a method by its place, distinct in grey and by colour-blind readers too."""
    if not trained:
        return {"color": GREY, "marker": MARKERS[-1 - place % 2], "linestyle": DASHES[1 + place % 3]}
    return {"color": COLOURS[place % 7], "marker": MARKERS[place % 9], "linestyle": DASHES[place % 4]}


def spread(rows: Sequence[dict]) -> list[tuple[str, list[tuple[str, dict, list[dict]]]]]:
    """Panels of at most a few methods: (title, [(text, look, the method's rows)]).

    One panel where the methods are few, else one for each network, in which a method keeps its look and those
    without training appear again.
    """
    methods: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        methods.setdefault((row["network"], row["label"]), []).append(row)
    networks = list(dict.fromkeys(network for network, _ in methods if network))
    several, few = len(networks) > 1, len(methods) <= CROWD
    panels = networks if several and not few else [""]
    names = {key: ", ".join(filter(None, reversed(key))) if several and few else key[1] for key in methods}
    trained = list(dict.fromkeys(names[key] for key in methods if key[0]))
    free = list(dict.fromkeys(names[key] for key in methods if not key[0]))
    look = {True: {name: looks(i) for i, name in enumerate(trained)},
            False: {name: looks(i, False) for i, name in enumerate(free)}}  # fmt: skip
    return [
        (title, [(names[key], look[bool(key[0])][names[key]], found) for key, found in methods.items()
                 if not title or key[0] in (title, "")])
        for title in panels
    ]  # fmt: skip


def panels_below(
    rows: Sequence[dict], line: str, page: Page
) -> tuple["matplotlib.figure.Figure", list[tuple["matplotlib.axes.Axes", str, list[tuple[str, dict, dict]]]]]:
    """A figure with one panel below the other as `spread` makes them, and of each its axes, its seeds or folds
    in words, and its curves: (text with the figure that is `said`, look, the method's row).

    Each has room beside it for a legend of its curves, of a `line` and, if they have points, of their marks.
    """
    panels, lines = spread(rows), [line, *([MARKS] if any(row.get("points") for row in rows) else [])]
    texts = [[f"{found[0]['said']}\u00a0\u00a0{text}".strip() for text, _, found in entries] for _, entries in panels]
    heights = [max(2.3, legend_box([*legend, *lines], LEGEND) + 0.2) for legend in texts]
    figure, made, top = sheet(page, sum(heights) + 0.72 * len(panels)), [], 0.22
    for (title, entries), legend, high in zip(panels, texts, heights, strict=True):
        axes = panel(figure, 0.58, top, PLOT, high)
        axes.set_title(title, loc="left")
        word, seeds = max(("folds" if "folds" in found[0] else "seeds", found[0]["seeds"]) for _, _, found in entries)
        curves = [(wrap(text, LEGEND, SMALL), look, found[0])
                  for text, (_, look, found) in zip(legend, entries, strict=True)]  # fmt: skip
        made.append((axes, f", mean of {seeds} {word}" if seeds > 1 else "", curves))
        top += high + 0.72
    return figure, made


def row_axes(
    axes: "matplotlib.axes.Axes", near: Sequence[dict], far: Sequence[dict], high: float, steps: int
) -> tuple[float, float]:
    """Lay out axes `high` inches tall for rows; their limits hold `near`, and of `far` all that does not squeeze it."""
    others, ours = (
        [(max(mean - half, 0.0), min(mean + half, 100.0)) for mean, half in map(ends, rows)]
        for rows in (far, near or far)
    )
    left, right = min(a for a, _ in ours), max(b for _, b in ours)
    room = max(right - left, 5.0)
    left = min([left, *(a for a, _ in others if a > left - room)])
    right = max([right, *(b for _, b in others)])
    pad = 0.06 * max(right - left, 2.0)
    limits = max(left - pad, 0.0), min(right + pad, 100.0)
    axes.set(xlim=limits, ylim=(high, 0))
    axes.yaxis.set_ticks([])
    axes.grid(axis="x")
    axes.xaxis.set_major_locator(ticks(steps))
    return limits


def interval(axes: "matplotlib.axes.Axes", y: float, row: dict, limits: tuple[float, float], **look: object) -> None:
    """A row's mean and half-width at a height; a value left of the axis becomes an arrow and its number."""
    mean, half = ends(row)
    if mean - half < limits[0]:
        axes.annotate("◂ " + row["said"], (limits[0], y), xytext=(2, 0), textcoords="offset points", va="center",
                      size=SMALL, color=look["color"])  # fmt: skip
        return
    axes.errorbar(mean, y, xerr=half or None, capsize=2, elinewidth=1.2, linestyle="none", clip_on=False, **look)


def ticks(most: int) -> "matplotlib.ticker.Locator":
    """Round numbers, at most so many steps of them."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(most, steps=[1, 2, 2.5, 5, 10])


def marked(axes: "matplotlib.axes.Axes", x: Numbers, y: Numbers, points: np.ndarray, label: str, look: dict) -> None:
    """A curve with marks at its `points`, `[point 2]`; without any, with marks here and there to tell curves apart."""
    if not len(points):
        axes.plot(x, y, label=label, markevery=(8, 24), ms=3.2, **look)
        return
    axes.plot([], [], label=label, ms=4.5, **look)
    axes.plot(x, y, **{**look, "marker": ""})
    axes.plot(*points.T, **{**look, "linestyle": "", "markeredgecolor": "white", "markeredgewidth": 0.4}, ms=4.8)


def explain_marks(axes: "matplotlib.axes.Axes", points: Sequence[np.ndarray]) -> None:
    """Put a line on the marks into the legend, if a curve has any."""
    if any(map(len, points)):
        axes.plot([], [], linestyle="", label=wrap(MARKS, LEGEND, SMALL))


def ends(row: dict) -> tuple[float, float]:
    """A row's mean and half-width in per cent; 0 where it has no half-width."""
    return 100 * row["mean"], 100 * (row["half"] or 0.0)


def step_axis(axes: "matplotlib.axes.Axes", wide: float) -> None:
    """Training steps on the x axis of a width in inches, with thousands set apart."""
    number = 0.32 if axes.get_xlim()[1] < 10_000 else 0.43
    axes.xaxis.set_major_locator(ticks(int(wide / number)))
    axes.xaxis.set_major_formatter("{x:,.0f}")


def legend_box(texts: Sequence[str], inches: float, columns: int = 1) -> float:
    """Inches that a legend of these texts, wrapped to a width, takes from top to bottom."""
    talls = [tall(wrap(text, inches, SMALL), SMALL) + 0.04 for text in texts]
    each = max(-(-len(talls) // columns), 1)
    return max((sum(talls[i : i + each]) for i in range(0, len(talls), each)), default=0.0) + 0.1


def legend_right(axes: "matplotlib.axes.Axes", title: str = "") -> None:
    """A legend on the right of the axes."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0, labelspacing=0.6, title=title or None,
                title_fontsize=SMALL, alignment="left")  # fmt: skip
