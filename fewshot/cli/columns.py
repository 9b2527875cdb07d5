"""Rows of words as the columns of a command's output."""

from collections.abc import Iterable, Sequence


def columns(rows: Iterable[Sequence[str]], margin: str = "") -> list[str]:
    """Lines with the words of rows one below the other.

    >>> columns([("number", "file"), ("7", "a.png")])
    ['number  file', '7       a.png']
    """
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [(margin + "  ".join(map(str.ljust, row, widths))).rstrip() for row in rows]
