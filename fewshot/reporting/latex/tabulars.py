"""A block of a table as one tabular or several below one another, each no wider than the text of a paper."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from fewshot.reporting.blocks import Block
from fewshot.reporting.columns import SPREAD
from fewshot.reporting.latex.columns import GAP, LONG, Column, column
from fewshot.reporting.latex.escape import width

HEADER = 48.0  # points: rules and headings
ROOM = 392.0  # points: the narrowest text over both columns of a paper (NeurIPS: 397)


def tabulars(block: Block, siunitx: bool = False) -> list[str]:
    """The tabulars of a block; those after the first repeat as many of its first columns as tell its lines apart."""
    cells = [*zip(*block.lines, strict=True)] or [()] * len(block.header)
    made = [column(*one, block.best, siunitx) for one in zip(block.header, cells, strict=True)]
    named = {count: len({line[:count] for line in block.lines}) for count in range(1, block.labels + 1)}
    names = made[: min((count for count, lines in named.items() if lines == len(block.lines)), default=block.labels)]
    parts = [made[: block.labels]]
    for together in _together(block.header[block.labels :], made[block.labels :]):
        if _wide([*parts[-1], *together]) > ROOM and len(parts[-1]) > len(names):
            parts.append([*names])
        parts[-1] += together
    return [*map(_tabular, parts)]


def height(block: Block) -> float:
    """Points that a tabular of a block takes from top to bottom, about."""
    return HEADER + sum(map(_line_height, block.lines))


def in_pages(block: Block, page: float) -> list[Block]:
    """The lines of a block in blocks that are no taller than a page."""
    parts: list[list[tuple[str, ...]]] = [[]]
    left = page - HEADER
    for line in block.lines:
        if parts[-1] and left < _line_height(line):
            parts.append([])
            left = page - HEADER
        parts[-1].append(line)
        left -= _line_height(line)
    return [replace(block, lines=tuple(part)) for part in parts]


def _line_height(line: Sequence[str]) -> float:
    return 10.0 * (1 + max((int(1.2 * width(cell) / LONG) for cell in line), default=0))


def _together(headers: Sequence[str], columns: Sequence[Column]) -> list[list[Column]]:
    """The columns one by one, but deviations over seeds beside the figure that they are of."""
    begins = [number for number, header in enumerate(headers) if header != SPREAD or not number]
    return [[*columns[first:last]] for first, last in pairwise([*begins, len(columns)])]


def _wide(columns: Sequence[Column]) -> float:
    return sum(one.wide for one in columns) + GAP * (len(columns) - 1)


def _tabular(columns: Sequence[Column]) -> str:
    rows = zip(*(one.cells for one in columns), strict=True)
    return "\n".join([
        rf"\begin{{tabular}}{{@{{}}{''.join(one.spec for one in columns)}@{{}}}}",
        r"\toprule",
        " & ".join(one.heading for one in columns) + r" \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" for row in rows),
        r"\bottomrule",
        r"\end{tabular}",
    ])  # fmt: skip
