"""The columns of a LaTeX table: text, and figures that are aligned at their decimal points."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fewshot.reporting.latex.escape import escape, width

NUMBER = r"(\d+(?:,\d{3})*)(\.\d+)?"
FIGURE = re.compile(rf"([-+−]?){NUMBER}(?: ± {NUMBER})?((?:[*‡]| \([^()]*\))*(?:, .+)?)")
GAP = 7.0  # points between two columns
LONG = 140.0  # points, from which text is broken over lines
HEADING = 58.0  # points, from which a heading is


@dataclass(frozen=True)
class Column:
    """The columns of a tabular that one column of a table becomes: their specification, number and width in points,
    the heading, and the cells, whose parts "&" joins."""

    spec: str
    span: int
    wide: float
    heading: str
    cells: tuple[str, ...]


def column(header: str, cells: Sequence[str], best: str = "", siunitx: bool = False) -> Column:
    """The column of these cells, of figures if all are, but for words that say why there is none.

    Cells that end in the sign `best` are bold. With `siunitx`, its columns `S` align the figures.
    """
    found = [FIGURE.fullmatch(cell) for cell in cells]
    others = [cell for cell, one in zip(cells, found, strict=True) if not one]
    if not any(found) or any(re.match(r"[-+−]?\d", cell) or width(cell) > LONG for cell in others):
        return _text(header, cells)
    parts = [one.groups("") if one else None for one in found]
    has_half, has_rest = (any(one and one[place] for one in parts) for place in (3, 5))
    number = "S[table-format={}]" if siunitx else "r@{{}}l"
    wholes, decimals = _digits(parts, 1, 2)
    signed = any(one and one[0] for one in parts)
    spec = [number.format(f"{'+' * signed}{wholes}.{decimals}")]
    if has_half:
        spec += [r"@{\ }c@{\ }", number.format("{}.{}".format(*_digits(parts, 3, 4)))]
    spec += [r"@{\,}l"] if has_rest else []
    span = len(spec) if siunitx else len(spec) + 1 + has_half
    lines = [
        _joined(one, has_half, has_rest, siunitx, bool(best) and one[5].endswith(best))
        if one
        else rf"\multicolumn{{{span}}}{{c}}{{{escape(cell)}}}"
        for cell, one in zip(cells, parts, strict=True)
    ]
    heading, least = _heading(header, max(map(width, cells)))
    wide = max(width("".join(one[:5]) + "±" * has_half) + width(one[5]) + 4 for one in parts if one)
    wide = max(wide, least, *map(width, others), 0.0)
    return Column("".join(spec), span, wide, rf"\multicolumn{{{span}}}{{c}}{{{heading}}}", tuple(lines))


def _text(header: str, cells: Sequence[str]) -> Column:
    """A column of text, broken over lines where it is long."""
    natural = max(map(width, cells), default=0.0)
    heading, least = _heading(header, natural)
    if natural <= LONG:
        return Column("l", 1, max(natural, least), heading, tuple(map(escape, cells)))
    spec = rf">{{\raggedright\arraybackslash}}p{{{LONG:g}pt}}"
    return Column(spec, 1, LONG, heading, tuple(map(escape, cells)))


def _heading(header: str, room: float) -> tuple[str, float]:
    """A heading in lines that need no more room than the cells, if words allow that, and its width."""
    lines, room = [""], max(room, HEADING)
    for word in re.split(r" (?![^(]*\))", header):  # brackets stay whole
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and width(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    inner = r"\\".join(map(escape, lines))
    return (rf"\shortstack{{{inner}}}" if len(lines) > 1 else inner), max(map(width, lines))


def _digits(parts: Sequence[tuple[str, ...] | None], whole: int, part: int) -> tuple[int, int]:
    """The digits before and behind the decimal point, at most."""
    there = [one for one in parts if one]
    return (max(len(one[whole].replace(",", "")) for one in there),
            max(max(len(one[part]) - 1, 0) for one in there))  # fmt: skip


def _joined(one: tuple[str, ...], has_half: bool, has_rest: bool, siunitx: bool, bold: bool) -> str:
    """The parts of a figure, as many as its column has."""
    sign, whole, part, half, of_half, rest = one
    if siunitx:
        number = f"{sign}{whole}{part}".replace(",", "").replace("−", "-")
        cells = [rf"\bfseries {number}" if bold else number]
        cells += [r"$\pm$" if half else "", f"{half}{of_half}".replace(",", "")] if has_half else []
    else:
        cells = [rf"\textbf{{{text}}}" if bold and text else text for text in (escape(sign + whole), part)]
        cells += [r"$\pm$" if half else "", half, of_half] if has_half else []
    return " & ".join([*cells, *([escape(rest.strip())] if has_rest else [])])
