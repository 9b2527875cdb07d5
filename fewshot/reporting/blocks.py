"""A table as text cells, before it has a format."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Block:
    """Lines of cells under a header; the first `labels` cells of a line name its method or source."""

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    labels: int = 1


@dataclass(frozen=True)
class Table:
    """Ours and the published block with a title above and notes below; `tidy` has a row for each figure."""

    title: str
    ours: Block
    published: Block | None
    tidy: Block
    notes: tuple[str, ...] = ()


def clean(block: Block) -> Block:
    """The block with each cell on one line."""
    lines = tuple(tuple(map(one_line, cells)) for cells in block.lines)
    return Block(tuple(map(one_line, block.header)), lines, block.labels)


def one_line(text: str) -> str:
    """The text on one line, without signs that cannot be printed."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
