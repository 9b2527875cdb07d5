"""The page that a figure is printed on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """The width of a figure and the most of its height, in inches."""

    wide: float = 5.5
    high: float = 8.2


PLAIN = Page()
