"""A sheet of the page's width, on which panels and words have their places in inches.

Figures are laid out by measured text, never cropped afterwards, so that the printed size is the requested size.
Nothing here imports matplotlib before a figure is drawn: a figure's source data is rebuilt without it.
"""

from collections.abc import Iterable

from fewshot.reporting.figures.page.look import GREY
from fewshot.reporting.figures.page.page import Page
from fewshot.reporting.figures.page.text_size import SMALL, tall, wrap

EDGE = 0.08  # inches between words and the edge of a sheet


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
    width, height = figure.get_size_inches()
    figure.text(left / width, 1 - top / height, text, **{"linespacing": 1.15, **look})


def remark(page: Page, *texts: str) -> tuple[str, float]:
    """Small words for the sheet's lower edge, a paragraph each, wrapped; and the inches that they take."""
    wrapped = "\n".join(wrap(text, page.wide - 2 * EDGE, SMALL) for text in texts if text)
    return wrapped, tall(wrapped, SMALL) + 2 * EDGE if wrapped else EDGE


def put_remark(figure: "matplotlib.figure.Figure", wrapped: str) -> None:
    """Write the words of `remark` at the sheet's lower edge."""
    write(figure, EDGE, figure.get_figheight() - EDGE, wrapped, size=SMALL, color=GREY, va="bottom")


def counts(numbers: Iterable[int]) -> str:
    """A count as text: "400", or "400 or 600" where they differ."""
    return " or ".join(f"{number:,}" for number in sorted(set(numbers)))


def ticks(most: int) -> "matplotlib.ticker.Locator":
    """Round numbers, at most so many steps of them."""
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(max(most, 1), steps=[1, 2, 2.5, 5, 10])


def across(page: Page, number: int, least: float, gap: float, left: float = EDGE) -> tuple[int, float]:
    """How many panels stand side by side, right of `left` inches and each at least so wide; and the width of each."""
    room = page.wide - left - 2 * EDGE + gap
    most = max(int(room / (least + gap)), 1)
    beside = -(-number // -(-number // most))  # as many in the last line as in the others, if it can be
    return beside, room / beside - gap
