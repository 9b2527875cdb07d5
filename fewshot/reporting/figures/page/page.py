"""The page that a figure is printed on: the widths of a venue's columns, and of any other."""

from dataclasses import dataclass

from fewshot.core.errors import RequestError, unknown

NARROWEST, WIDEST = 3.0, 12.0  # inches
CAPTION = 0.9  # inches of a page's height that are left for the words below a figure


@dataclass(frozen=True)
class Page:
    """The width of a figure and the most of its height, in inches."""

    wide: float = 5.5
    high: float = 9.0 - CAPTION


PLAIN = Page()
VENUES = {
    "aaai": (3.3, 6.975),
    "cvpr": (3.25, 6.875),
    "eccv": (4.8,),
    "icml": (3.25, 6.75),
    "jmlr": (6.0,),
    "neurips": (5.5,),
    "tmlr": (6.5,),
}  # inches of one column and, in papers of two, of both
TEXT_HEIGHT = {"aaai": 8.875, "cvpr": 8.875, "eccv": 7.6, "jmlr": 8.0}  # inches, where it is not 9


def venue_page(venue: str, columns: int = 1) -> Page:
    """The page of a figure as wide as one or two columns. Raises `RequestError` for columns that a paper lacks."""
    venue = venue.lower()
    if venue not in VENUES:
        raise unknown("venue", venue, VENUES)
    if columns > len(VENUES[venue]):
        raise RequestError(f"--columns {columns}: expected 1, as papers of {venue} have one column")
    return Page(VENUES[venue][columns - 1], TEXT_HEIGHT.get(venue, 9.0) - CAPTION)


def page_of_width(inches: float) -> Page:
    """The page of a figure of any width."""
    if not NARROWEST <= inches <= WIDEST:
        raise RequestError(f"--width: expected {NARROWEST:g} to {WIDEST:g} inches, got {inches:g}")
    return Page(inches)
