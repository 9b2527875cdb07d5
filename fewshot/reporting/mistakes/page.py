"""A page of mistakes as plain values: sections of rows of pictures, which text, figure and HTML are written from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Picture:
    """An image with its role in a mistake ("query"), file, class, and the score of its class, if it has one."""

    role: str
    file: str
    of_class: str
    pixels: np.ndarray = field(repr=False, compare=False)  # uint8, [channel height width], as they are to be seen
    score: float | None = None
    wrong: bool = False  # the class answered, where another is true


@dataclass(frozen=True)
class Row:
    """One mistake: a sentence, the same in a few words, and its pictures."""

    text: str
    short: str
    pictures: tuple[Picture, ...]


@dataclass(frozen=True)
class Section:
    """Mistakes of one kind: a title with their number, a note, and those that are shown.

    The pictures of confused classes are `examples`: images of these classes, not the confused ones.
    """

    title: str
    note: str
    rows: tuple[Row, ...]
    examples: bool = False


@dataclass(frozen=True)
class Page:
    """The mistakes of a record: its method, a note on the record, and the sections."""

    title: str
    note: str
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Images:
    """The images of an evaluation, by number: pixels `[image channel height width]`, files and classes.

    `trials` holds support `[run][way][shot]` and query `[run][way][query]` of the official trials, by kind of task, and
    `same` and `different` both images of each verification pair. `ink` is high in drawings, which are shown dark.
    """

    pixels: np.ndarray
    files: Sequence[str]
    classes: Sequence[str]
    label: Sequence[int]
    trials: dict[str, tuple[list, list]]
    same: Sequence[tuple[int, int]]
    different: Sequence[tuple[int, int]]
    ink: bool = False

    def picture(self, role: str, image: int, score: float | None = None, *, wrong: bool = False) -> Picture:
        """One image in a role."""
        pixels = 255 - self.pixels[image] if self.ink else self.pixels[image]
        return Picture(role, self.files[image], self.classes[self.label[image]], pixels, score, wrong)

    def example(self, role: str, label: int, *, wrong: bool = False) -> Picture:
        """The first image of a class."""
        return self.picture(role, self.label.index(label), wrong=wrong)


def shown(number: int, of: int, order: str) -> str:
    """A note on the rows of a section in an order, of which `number` are shown: "the first 8, the hardest first"."""
    return order if number >= of else f"the first {number:,}, {order}"


def digits(score: float) -> str:
    """A score in four digits."""
    return f"{score:.4g}".replace("-", "−")
