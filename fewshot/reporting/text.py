"""A table as plain text that fits a width: long cells go on in the next line, too many columns in the next panel."""

import re
from collections.abc import Sequence

from fewshot.reporting.table import Block, Table

GAP = "  "
GLUE = "\u00a0"  # a space that does not break: in "92.0 ± 2.7" and "n = 20"
BREAKS = re.compile(
    r"(?<= )(?=[^ ])|(?<=_)(?=[^ _])|(?<=,)(?=[^ ,\d])|(?<=\w\()(?=[^ ])"
)  # spaces, commas, underscores, parentheses


def plaintext(table: Table, width: int | None = None) -> str:
    """The table as text, at most `width` wide; without a width every line of the table is one line."""
    out = _hanging(table.title, width)
    rule = ""
    for block in filter(None, (table.ours, table.published)):
        for panel in _panels(block, width):
            shown = _panel(panel, width)
            rule = "─" * max(len(line) for lines in shown for line in lines)
            out += [rule, *shown[0], rule, *(line for lines in shown[1:] for line in lines)]
    return "\n".join([*out, rule, *(line for note in table.notes for line in _hanging(note, width))]) + "\n"


def wrap(text: str, width: int) -> list[str]:
    """The text over lines of at most `width`, broken where it can be, or else anywhere; only spaces are lost."""
    lines = [""]
    for piece in _short(_pieces(text), width):
        if len((lines[-1] + piece).rstrip()) > width:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip().replace(GLUE, " ") for line in lines]


def _hanging(text: str, width: int | None) -> list[str]:
    if width is None or len(text) <= width:
        return [text]
    first, *rest = wrap(text, max(1, width - len(GAP)))
    return [first, *(GAP + line for line in rest)]


def _pieces(text: str) -> list[str]:
    return BREAKS.split(re.sub(r" ?([±=]) ?", lambda found: found.group().replace(" ", GLUE), text))


def _short(pieces: Sequence[str], width: int) -> list[str]:
    """The pieces, those that are too long cut at glued spaces or else anywhere."""
    found = []
    for piece in pieces:
        if len(piece.rstrip()) <= width:
            found.append(piece)
            continue
        for part in re.split(f"(?<={GLUE})", piece):
            fits = len(part.rstrip()) <= width
            found += [part] if fits else [part[i : i + width] for i in range(0, len(part), width)]
    return found


def _panels(block: Block, width: int | None) -> list[Block]:
    """The block, cut where even its narrowest columns are too wide together; every panel has the labels."""
    least = [
        max(len(piece.rstrip()) for cell in column for piece in _pieces(cell)) + len(GAP) for column in _columns(block)
    ]
    labels, room = range(block.labels), (width or sum(least)) + len(GAP)
    cuts: list[list[int]] = [[]]
    for column in range(block.labels, len(block.header)):
        if cuts[-1] and sum(least[i] for i in (*labels, *cuts[-1], column)) > room:
            cuts.append([])
        cuts[-1].append(column)
    lines = [[tuple(line[i] for i in (*labels, *cut)) for line in (block.header, *block.lines)] for cut in cuts]
    return [Block(header, tuple(rest), block.labels) for header, *rest in lines]


def _panel(block: Block, width: int | None) -> list[list[str]]:
    """The printed lines of every line of the block, its header first."""
    columns = _columns(block)
    widths = [max(len(cell) for cell in column) for column in columns]
    if width:
        least = [max(len(piece.rstrip()) for cell in column for piece in _pieces(cell)) for column in columns]
        widths = _shrunk(widths, least, width - len(GAP) * (len(widths) - 1))
    shown = []
    for line in (block.header, *block.lines):
        cells = [wrap(cell, max(1, wide)) for cell, wide in zip(line, widths, strict=True)]
        high = max(len(lines) for lines in cells)
        padded = [[*lines, *[""] * (high - len(lines))] for lines in cells]
        shown.append([_joined([lines[i] for lines in padded], widths) for i in range(high)])
    return shown


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    return GAP.join(cell.ljust(wide) for cell, wide in zip(cells, widths, strict=True)).rstrip()


def _shrunk(widths: list[int], least: list[int], room: int) -> list[int]:
    """The widths, the widest made narrower until there is room: first as far as words allow, then further."""
    widths = list(widths)
    for floor in (least, [1] * len(widths)):
        while sum(widths) > room and (wider := [i for i in range(len(widths)) if widths[i] > floor[i]]):
            widths[max(wider, key=lambda i: widths[i])] -= 1
    return widths


def _columns(block: Block) -> list[list[str]]:
    return [[line[i] for line in (block.header, *block.lines)] for i in range(len(block.header))]
