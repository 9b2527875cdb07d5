"""A page of mistakes as one PNG: cards of images, four in a line, laid out in inches."""

import io
from collections.abc import Sequence
from functools import cache

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.reporting.figures.page.look import FAINT, GREY, OURS, PUBLISHED, looking
from fewshot.reporting.figures.page.rows import BOLD
from fewshot.reporting.figures.page.text_size import LINE, SMALL, TEXT, tall, width, wrap
from fewshot.reporting.mistakes.page import Page, Picture, Row, Section, digits

WIDE, TALLEST, MARGIN = 8.27, 100.0, 0.3  # inches: the page and its margin
ACROSS, APART, BETWEEN = 4, 0.2, 0.06  # cards in a line, inches between them and between the images of one
CARD = (WIDE - 2 * MARGIN - (ACROSS - 1) * APART) / ACROSS
TITLE, TINY = 11.0, 5.5  # points
TRUE, WRONG = OURS, PUBLISHED


def to_png(page: Page) -> bytes:
    """The page as a PNG. Raises `RequestError` for more rows than fit a picture."""
    with looking():
        if (high := _Sheet().page(page) + MARGIN) > TALLEST:
            room = f"a picture of at most {TALLEST:g} inches, got {high:,.0f}"
            raise RequestError(f"--number: expected few enough mistakes for {room}; an .html file has no limit")
        sheet, file = _Sheet(high), io.BytesIO()
        sheet.page(page)
        sheet.figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


class _Sheet:
    """A figure that is filled from the top; with no height, it is only measured."""

    def __init__(self, high: float = 0.0) -> None:
        from matplotlib.figure import Figure

        self.high, self.figure = high, Figure(figsize=(WIDE, high or 1.0))

    def page(self, page: Page) -> float:
        """Draw a page, and return its end in inches from the top."""
        top = self.text(MARGIN, f"Mistakes of {page.title}", size=TITLE, weight="bold") + 0.04
        top = self.text(top, page.note, size=SMALL, color=GREY)
        for section in page.sections:
            top = self.section(top + 0.3, section)
        return top

    def section(self, top: float, section: Section) -> float:
        """Draw a section, and return its end."""
        top = self.text(top, section.title, size=TEXT, weight="bold") + 0.02
        if section.rows:
            top = self.text(top, section.note, size=SMALL, color=GREY)
        for start in range(0, len(section.rows), ACROSS):
            top = self.line(top + 0.13, section.rows[start : start + ACROSS])
        return top

    def line(self, top: float, rows: Sequence[Row]) -> float:
        """Draw cards side by side, and return the end of the longest."""
        return max(self.card(MARGIN + place * (CARD + APART), top, row) for place, row in enumerate(rows))

    def card(self, left: float, top: float, row: Row) -> float:
        """Draw a row's words, and below them its images with theirs; return the end."""
        top = self.write(left, top, clipped(row.short, CARD, SMALL), size=SMALL) + 0.03
        side = min((CARD - BETWEEN * (len(row.pictures) - 1)) / len(row.pictures), CARD / 2)
        return max(self.picture(left + n * (side + BETWEEN), top, side, one) for n, one in enumerate(row.pictures))

    def picture(self, left: float, top: float, side: float, picture: Picture) -> float:
        """Draw an image with role, score, class and file; return the end."""
        colour = WRONG if picture.wrong else TRUE if picture.role == "truth" else FAINT
        if self.high:
            place = (left / WIDE, 1 - (top + side) / self.high, side / WIDE, side / self.high)
            axes = self.figure.add_axes(place, xticks=[], yticks=[])
            axes.imshow(for_matplotlib(picture.pixels), cmap="gray", vmin=0, vmax=255)
            axes.spines[:].set(visible=True, color=colour, linewidth=1.2)
        top += side + 0.04
        if picture.role:
            look = {"weight": "bold", "color": GREY if colour == FAINT else colour}
            top = self.write(left, top, picture.role, size=TINY, **look)
        group, _, own = picture.of_class.partition("/")
        top = self.write(left, top, clipped(own or group, side, TINY), size=TINY)
        top = self.write(left, top, clipped(picture.file.rpartition("/")[2], side, TINY), size=TINY, color=GREY)
        return top if picture.score is None else self.write(left, top, digits(picture.score), size=TINY)

    def text(self, top: float, text: str, *, size: float, **look: object) -> float:
        """Write text over the whole width, and return its end."""
        wide = size * (BOLD if look.get("weight") == "bold" else 1.0)
        return self.write(MARGIN, top, wrap(printable(text), WIDE - 2 * MARGIN, wide), size=size, **look)

    def write(self, left: float, top: float, text: str, *, size: float, **look: object) -> float:
        """Write wrapped text, and return its end."""
        for number, line in enumerate(text.split("\n") if self.high else ()):
            baseline = top + (number + 0.8) * size * LINE
            self.figure.text(left / WIDE, 1 - baseline / self.high, line, size=size, va="baseline", **look)
        return top + tall(text, size)


@cache
def clipped(text: str, inches: float, size: float) -> str:
    """The end of a text, as much as fits a width, behind an ellipsis where the beginning is cut."""
    text = printable(text)
    if width(text, size) <= inches:
        return text
    fits, cut = len(text), 0  # characters cut off at the start that make it fit, and that do not
    while fits - cut > 1:
        middle = (fits + cut) // 2
        fits, cut = (middle, cut) if width(f"…{text[middle:]}", size) <= inches else (fits, middle)
    return f"…{text[fits:]}"


def printable(text: str) -> str:
    """The text with a replacement for each character that cannot be printed."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def for_matplotlib(pixels: np.ndarray) -> np.ndarray:
    """Pixels with the channels last, or without them if there is one."""
    return pixels[0] if len(pixels) == 1 else pixels.transpose(1, 2, 0)
