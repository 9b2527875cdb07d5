"""A table as text cells, before it has a format."""

from dataclasses import dataclass, replace
from io import StringIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True)
class Block:
    """Lines of cells under a header; the first `labels` cells of a line name its method or source.

    A figure that is the `best`, or not worse than it beyond chance, has this sign. Blocks below ours have a `caption`.
    """

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    labels: int = 1
    best: str = ""
    caption: str = ""


@dataclass(frozen=True, repr=False)
class Table:
    """Ours and other blocks below it, such as those of verification and published figures, a title above, notes below.

    `tidy` has a row for each figure. `name` is the suite's or the folder's. `methods` has the id of the first run of
    each line of ours, and is empty where lines are of several.

    It prints as text and is HTML in a notebook.
    """

    title: str
    ours: Block
    tidy: Block
    notes: tuple[str, ...] = ()
    below: tuple[Block, ...] = ()
    name: str = ""
    methods: tuple[str, ...] = ()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, from the top."""
        return self.ours, *self.below

    def __repr__(self) -> str:
        from fewshot.reporting.render import render

        return render(self, "text").rstrip()

    def _repr_html_(self) -> str:
        from fewshot.reporting.render import html_body

        return html_body(self)

    def to_frame(self) -> "DataFrame":
        """A row for each figure, as in the table's CSV: accuracies and differences are shares of 1."""
        import pandas

        from fewshot.reporting.render import render

        return pandas.read_csv(StringIO(render(self, "csv")), keep_default_na=False, na_values=[""])


def clean(block: Block) -> Block:
    """The block with each cell on one line."""
    lines = tuple(tuple(map(one_line, cells)) for cells in block.lines)
    return replace(block, header=tuple(map(one_line, block.header)), lines=lines)


def one_line(text: str) -> str:
    """The text on one line, without signs that cannot be printed."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
