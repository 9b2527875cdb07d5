"""A table as plain text: padded columns between rules, with wrapped notes below."""

from itertools import zip_longest
from textwrap import wrap

from fewshot.reporting.blocks import Block, Table

GAP = "  "
NARROW = 17  # no column is made narrower: "92.0 ± 2.7 (3.9)*" stays on one line


def plaintext(table: Table, width: int | None = None) -> str:
    """The table as text, its lines broken rather than beyond `width`, unless there are too many columns for it."""
    out, rule = _lines(table.title, width, GAP), ""
    for block in table.blocks:
        header, *rows = _padded(block, width)
        rule = "─" * max(len(line) for row in (header, *rows) for line in row)
        out += [rule, *header, rule, *(line for row in rows for line in row)]
    return "\n".join([*out, rule, *(line for note in table.notes for line in _lines(note, width, GAP))]) + "\n"


def _padded(block: Block, width: int | None) -> list[list[str]]:
    """The printed lines of each row, the header first; only the widest columns are made narrower."""
    rows = (block.header, *block.lines)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    if width:
        room = width - len(GAP) * (len(widths) - 1)
        fitting = (most for most in range(max(widths), NARROW, -1) if sum(min(one, most) for one in widths) <= room)
        most = next(fitting, NARROW)
        widths = [min(one, most) for one in widths]
    printed = [zip_longest(*map(_lines, row, widths), fillvalue="") for row in rows]
    return [[GAP.join(map(str.ljust, cells, widths)).rstrip() for cells in lines] for lines in printed]


def _lines(text: str, width: int | None, indent: str = "") -> list[str]:
    """The text on one line, or on lines of at most `width`, the later ones indented."""
    return (width and wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)) or [text]
