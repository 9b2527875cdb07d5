"""Small images on a figure: placed in inches, framed and named."""

import numpy as np

from fewshot.reporting.figures.page import text_size as words
from fewshot.reporting.figures.page.look import FAINT, OURS, PUBLISHED
from fewshot.reporting.figures.page.sheet import panel, write
from fewshot.reporting.mistakes.figure import for_matplotlib

LEAST, APART = 0.39, 0.05  # inches: an image, and the gap to the next
MARGIN, LABELS = 0.08, 0.62  # inches: on both sides, or for the names of rows on the left
MARK = {True: "\N{CHECK MARK}", False: "\N{BALLOT X}"}
RIGHT, WRONG = OURS, PUBLISHED


def across(wide: float, left: float = LABELS, least: float = LEAST) -> int:
    """Images that can stand side by side in a figure of a width, right of its labels."""
    return max(1, int((wide - left - MARGIN + APART) / (least + APART)))


def side_of(count: int, wide: float, left: float = LABELS, least: float = LEAST) -> float:
    """Inches of an image by which so many fill a line; few are not much larger than `least`."""
    return min((wide - left - MARGIN + APART) / count - APART, 1.4 * least)


def put(
    figure: "matplotlib.figure.Figure",
    left: float,
    top: float,
    side: float,
    pixels: np.ndarray,
    colour: str = FAINT,
) -> None:
    """Draw uint8 pixels `[channel height width]` in a frame."""
    axes = panel(figure, left, top, side, side)
    axes.set(xticks=[], yticks=[])
    axes.imshow(for_matplotlib(pixels), cmap="gray", vmin=0, vmax=255, interpolation="none")
    heavy = colour != FAINT
    axes.spines[:].set(visible=True, color=colour, linewidth=1.2 if heavy else 0.6)


def mark(figure: "matplotlib.figure.Figure", left: float, top: float, side: float, right: bool) -> None:
    """Draw a tick or a cross at the lower right of an image, on white, so that colour is not needed."""
    look = {"boxstyle": "square,pad=0.1", "facecolor": "white", "edgecolor": "none"}
    write(figure, left + side - 0.03, top + side - 0.03, MARK[right], ha="right", va="bottom", size=words.SMALL,
                color=RIGHT if right else WRONG, weight="bold", bbox=look)  # fmt: skip


def label(figure: "matplotlib.figure.Figure", top: float, side: float, text: str) -> None:
    """Name a row of images on their left."""
    write(figure, MARGIN, top + side / 2, text, va="center", size=words.TEXT)
