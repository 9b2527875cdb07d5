"""Differences of all pairs of methods as a matrix: the row's accuracy less the column's, marked where told apart."""

from collections.abc import Sequence

from fewshot.reporting.figures.compare import compared
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page import style
from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.page import Page

NEEDS = compared.NEEDS
LEAST, MOST = 0.13, 0.26  # inches: the height of a cell
NUMBER, STEP = 0.17, 5  # inches: the width of a cell with a number; below it, those in steps alone have one


def data(given: Given) -> list[dict]:
    """The rows of `compared`."""
    return compared.compared(given.records)


def draw(rows: Sequence[dict], page: Page) -> "matplotlib.figure.Figure":
    """Matrices below one another, one a kind of task; the best method first, and a scale of points on the right."""
    panels = compared.panels(rows)
    names = {task: [f"{words.wrap(compared.label(row, rows), 2.0, words.SMALL)} {number}"
                    for number, row in enumerate(some, start=1)] for task, some in panels.items()}  # fmt: skip
    left = 0.2 + max(words.widest(texts, words.SMALL) for texts in names.values())
    across = min((page.wide - left - 0.75) / max(map(len, panels.values())), MOST)  # inches of a cell
    tallest = max(words.tall(name, words.SMALL) for texts in names.values() for name in texts)
    down = max(across, LEAST, tallest + 0.02)
    text = words.wrap(f"row − column in points; a dot: told apart, {compared.basis(rows)}", page.wide - 0.16,
                      words.SMALL)  # fmt: skip
    high = sum(down * len(some) + 0.55 for some in panels.values())
    figure, top = style.sheet(page, high + words.tall(text, words.SMALL) + 0.12), 0.4
    for task, some in panels.items():
        wide, tall = across * len(some), down * len(some)
        axes = style.panel(figure, left, top, wide, tall)
        image = _matrix(axes, some)
        axes.set_title(task, loc="left", pad=14)
        shown = [number for number in range(1, len(some) + 1) if across >= NUMBER or number == 1 or number % STEP == 0]
        axes.set_xticks([number - 1 for number in shown], list(map(str, shown)))
        for number, name in enumerate(names[task]):
            style.write(figure, left - 0.06, top + down * (number + 0.5), name, va="center", ha="right",
                        size=words.SMALL)  # fmt: skip
        colours = style.panel(figure, left + wide + 0.12, top, 0.09, min(tall, 1.6))
        figure.colorbar(image, cax=colours, extend="neither" if all(row["network"] for row in some) else "both")
        colours.tick_params(labelsize=words.SMALL, length=2)
        top += tall + 0.55
    style.remark(figure, text)
    return figure


def _matrix(axes: "matplotlib.axes.Axes", rows: Sequence[dict]) -> "matplotlib.image.AxesImage":
    """Draw the cells of a task, blue where the row is better; the scale ends where trained methods differ most."""
    points = [[100 * value for value in row["differences"]] for row in rows]
    trained = [number for number, row in enumerate(rows) if row["network"]] or range(len(rows))
    most = max(max(abs(points[one][other]) for one in trained for other in trained), 0.1)
    image = axes.imshow(points, cmap="RdBu", vmin=-most, vmax=most, interpolation="none", aspect="auto")
    for y, row in enumerate(rows):
        for x, apart in enumerate(row["told_apart"]):
            if apart:
                axes.plot(x, y, ".", color="white" if abs(points[y][x]) > 0.6 * most else "black", markersize=2.2)
    axes.set_yticks([])
    axes.tick_params(axis="x", top=True, bottom=False, labeltop=True, labelbottom=False, length=0, pad=1)
    axes.spines[["left", "bottom"]].set_visible(False)
    return image
