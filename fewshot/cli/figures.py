"""`fewshot figures`: a suite's figures as PDF and PNG, the data that they show as JSON, and a .tex that includes them.

fewshot figures omniglot-lake
fewshot figures my_suite.toml --results mine --out figures
fewshot figures losses --venue cvpr --out paper/figures
fewshot figures losses --venue icml --columns 2 --figure accuracy --figure roc --out paper/figures
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.core.errors import RequestError
from fewshot.inspection.figures import COMMITTED, PICTURES, drawable, keep_out_of_git
from fewshot.records.store import check_there
from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures.draw import draw_figures, figure_module
from fewshot.reporting.figures.given import given_by
from fewshot.reporting.figures.page.page import PLAIN, VENUES, Page, page_of_width, venue_page
from fewshot.reporting.latex.figures import write_snippet
from fewshot.reporting.summary import summarise
from fewshot.suites.request import SuiteRequest
from fewshot.suites.status import read_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot figures`."""
    suite_options.add_suite(parser)
    suite_options.add_results(parser)
    suite_options.add_data(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder to draw into (paper_figures)")
    parser.add_argument(
        "--figure",
        action="append",
        default=[],
        metavar="NAME",
        help=f"draw this one of {', '.join(FIGURES)}, or with images of {', '.join(PICTURES)} (all)",
    )
    width = parser.add_mutually_exclusive_group()
    width.add_argument(
        "--venue", metavar="NAME", help=f"as wide as a column of {', '.join(VENUES)} ({PLAIN.wide} inches)"
    )
    width.add_argument("--width", type=float, metavar="INCHES", help=f"the width of a figure ({PLAIN.wide})")
    parser.add_argument(
        "--columns",
        type=int,
        choices=(1, 2),
        dest="venue_columns",
        help="of a venue with two: as wide as one column, or as both (1)",
    )


def do(options: argparse.Namespace) -> int:
    """Draw the figures of the parsed options, and return the exit code."""
    request = suite_options.suite_request(options)
    page = _page(options.venue, options.width, options.venue_columns)
    return figures(request, options.results, options.data, options.out, options.figure, page)


def figures(
    suite: SuiteRequest, results: Path, data: Path | None, out: Path | None, names: Sequence[str], page: Page
) -> int:
    """Draw a suite's figures, and print their files and the reason for each one left out."""
    for name in names:
        figure_module(name, FIGURES | PICTURES)
    if not suite.is_plain and not out:
        raise RequestError("the figures of a changed suite, or of your own: expected --out DIR, a folder for them")
    read = suite.read()
    check_there(results)
    status = read_status(read, results)
    given, out = given_by(status, results, data), out or Path(COMMITTED)
    pictures, why_not = drawable(given, out)
    kinds = FIGURES | pictures
    wanted = [name for name in dict.fromkeys(names) if name in kinds]
    if wanted or not names:
        print(*draw_figures(given, out, wanted, page, kinds), sep="\n")
    if snippet := write_snippet(given, out, page, kinds):
        print(snippet)
    if lacking := [name for name in names or PICTURES if name in PICTURES and why_not]:
        print(f"{', '.join(lacking)}: {why_not}")
    methods = summarise(status.records, status.missing)
    if status.records and (without := sum(not method.records for method in methods)):
        print(f"{without} of {len(methods)} methods have no record, and so no place in the figures")
    if pictures:
        keep_out_of_git(given, out / read.name)
    return 0


def _page(venue: str | None, width: float | None, columns: int | None) -> Page:
    """The page of the options."""
    if columns and not venue:
        raise RequestError(f"--columns {columns}: expected --venue beside it, whose columns they are")
    if width is not None:
        return page_of_width(width)
    return venue_page(venue, columns or 1) if venue else PLAIN
