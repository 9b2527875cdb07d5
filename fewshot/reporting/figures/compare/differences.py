"""Differences of all pairs of methods as a matrix: the row's accuracy less the column's, marked where told apart."""

from collections.abc import Sequence

from fewshot.core.statistics.intervals import points
from fewshot.reporting.figures.compare import compared
from fewshot.reporting.figures.methods import called
from fewshot.reporting.figures.page import rows as lines
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.sheet import EDGE, across, panel, put_remark, remark, sheet
from fewshot.reporting.figures.page.text_size import SMALL, tall, wrap

NEEDS, data = compared.NEEDS, compared.data
LEAST, GAP = 3.0, 0.25  # inches: a matrix with its names, and between two
MOST, TALLEST = 0.34, 0.18  # inches: the width of a cell and its height, at most
NUMBERED, STEP = 0.135, 5  # inches: columns as wide have each a number above, others those in steps
ROOM = 0.27  # inches: cells as wide have the difference in them
NUMBERS = 0.2  # inches above a matrix, for the numbers of its columns


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """A matrix for each kind of task that has room on the page, those of most units first; the best method first."""
    panels = compared.panels(rows)
    beside, room = across(page, len(panels), LEAST, GAP)
    number = max(map(len, panels.values()))
    laid, side = {}, MOST
    for task, some in panels.items():
        names = [f"{called(row, rows)}\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}{place}" for place, row in enumerate(some, 1)]
        laid[task] = lines.lay({"": names}, 0.38 * room, [min(room / (2 * number), TALLEST)] * len(some))
        side = min(side, (room - laid[task].wide - 0.6) / len(some))
    titles = {task: wrap(task, side * len(some) + 0.6, SMALL) for task, some in panels.items()}
    head = max(tall(title, SMALL) for title in titles.values()) + NUMBERS
    block = head + max(one.high for one in laid.values()) + 0.06
    fitting = beside * max(int((page.high - 0.5) / block), 1)
    finest = sorted(panels, key=lambda title: -panels[title][0]["n"])[:fitting]  # of most units, where not all fit
    shown = [title for title in panels if title in finest]
    lacking = [title for title in panels if title not in shown]
    words, below = remark(
        page,
        f"row − column in points; {'bold' if side >= ROOM else 'dots'}: told apart, "
        + compared.basis([row for row in rows if row["title"] in shown]),
        f"left out for room: {', '.join(lacking)}" if lacking else "",
    )
    figure = sheet(page, block * -(-len(shown) // beside) + below)
    for place, task in enumerate(shown):
        left, top = EDGE + (room + GAP) * (place % beside), block * (place // beside) + head
        _panel(figure, panels[task], laid[task], titles[task], (left, top, side))
    put_remark(figure, words)
    return figure


def _panel(
    figure: "matplotlib.figure.Figure",
    rows: Sequence[dict],
    laid: lines.Rows,
    title: str,
    place: tuple[float, float, float],
) -> None:
    """A matrix at a place, its cells so wide, with the rows' names on its left and its scale on its right."""
    left, top, side = place[0] + laid.wide + 0.08, *place[1:]
    wide, high = side * len(rows), laid.edges[-1] - laid.edges[0]
    axes = panel(figure, left, top + laid.edges[0], wide, high)
    image = _matrix(axes, rows, laid, side)
    axes.set_title(title, loc="left", size=SMALL, pad=13)
    lines.put_names(figure, laid, left, top)
    colours = panel(figure, left + wide + 0.08, top + laid.edges[0], 0.07, min(high, 1.6))
    bar = figure.colorbar(image, cax=colours, extend="neither" if all(row["network"] for row in rows) else "both")
    bar.solids.set(rasterized=False, edgecolor="face", linewidth=0.1)
    colours.tick_params(labelsize=SMALL, length=2, pad=1.5)


def _matrix(
    axes: "matplotlib.axes.Axes", rows: Sequence[dict], laid: lines.Rows, side: float
) -> "matplotlib.collections.QuadMesh":
    """Draw the cells of a task, blue where the row is better; the scale ends where trained methods differ most."""
    each = [[100 * value for value in row["differences"]] for row in rows]
    trained = [number for number, row in enumerate(rows) if row["network"]]
    trained = trained if len(trained) > 1 else range(len(rows))
    most = max(max(abs(each[one][other]) for one in trained for other in trained), 0.1)
    edges = [one - 0.5 for one in range(len(rows) + 1)]
    look = {"cmap": "RdBu", "vmin": -most, "vmax": most, "edgecolors": "white", "linewidth": 0.3}
    image = axes.pcolormesh(edges, laid.edges, each, **look)
    for y, values, row in zip(laid.places, each, rows, strict=True):
        for x, (value, apart) in enumerate(zip(values, row["told_apart"], strict=True)):
            colour = "white" if abs(value) > 0.6 * most else "black"
            if side >= ROOM and row is not rows[x]:
                axes.text(x, y, _signed(row["differences"][x]), ha="center", va="center", size=SMALL, color=colour,
                          weight="bold" if apart else "normal")  # fmt: skip
            elif apart:
                axes.plot(x, y, ".", color=colour, markersize=2.0)
    shown = [one for one in range(1, len(rows) + 1) if side >= NUMBERED or one == 1 or one % STEP == 0]
    axes.set(xlim=(-0.5, len(rows) - 0.5), ylim=(laid.edges[-1], laid.edges[0]), yticks=[])
    axes.set_xticks([one - 1 for one in shown], list(map(str, shown)))
    axes.tick_params(axis="x", top=True, bottom=False, labeltop=True, labelbottom=False, length=0, pad=1)
    axes.spines[["left", "bottom"]].set_visible(False)
    return image


def _signed(difference: float) -> str:
    """A difference in points that fits a cell: "−1.2", "+13"."""
    text = f"{points(difference):+.1f}" if abs(100 * difference) < 9.95 else f"{100 * difference:+.0f}"
    return text.replace("-", "−") if text != "+0.0" else "0.0"
