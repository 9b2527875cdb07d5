"""The room that words take on the page, and where they break."""

import re
from collections.abc import Iterable, Iterator, Sequence

TEXT, SMALL = 8.0, 7.0  # points at the printed size
LINE = 1.25 / 72  # inches a line takes, for each point of its size


def width(text: str, size: float = TEXT) -> float:
    """Inches that one line of text takes."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    return text_to_path.get_text_width_height_descent(text, FontProperties(size=size), ismath=False)[0] / 72


def wrap(text: str, inches: float, size: float = TEXT) -> str:
    """The text in lines no wider than `inches`, broken at spaces; within a word only if a line cannot hold it."""
    lines = [""]
    for piece in _pieces(text, ("(?<= )", r"(?=\()", "(?<=[_=])", "(?<=.)"), inches, size):
        if width((lines[-1] + piece).rstrip(" "), size) <= inches:
            lines[-1] += piece
        else:
            lines.append(piece)
    return "\n".join(line.rstrip(" ") for line in lines if line.strip())


def _pieces(text: str, breaks: Sequence[str], inches: float, size: float) -> Iterator[str]:
    """The pieces of a text cut at the first kind of break; pieces still too wide are cut at the next."""
    for piece in re.split(breaks[0], text):
        if width(piece.rstrip(" "), size) <= inches or len(breaks) == 1:
            yield piece
        else:
            yield from _pieces(piece, breaks[1:], inches, size)


def widest(texts: Iterable[str], size: float = TEXT) -> float:
    """Inches that the widest line of wrapped texts takes."""
    return max(width(line, size) for text in texts for line in text.split("\n"))


def tall(text: str, size: float = TEXT) -> float:
    """Inches that wrapped text takes from top to bottom."""
    return (text.count("\n") + 1) * size * LINE
