"""`fewshot figures`: a suite's figures as PDF and PNG, the data that they show as JSON, and a .tex that includes them.

fewshot figures omniglot-lake
fewshot figures my_suite.toml --results mine --out figures

Figures with images need these and, but for official tasks, a kept network. Those of people or photographs are drawn
into a folder of your own alone, where git ignores them.
"""

import argparse
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.core.errors import RequestError
from fewshot.inspection.figures import COMMITTED, PICTURES, drawable, keep_out_of_git
from fewshot.records.store import check_there
from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures.draw import draw_figures
from fewshot.reporting.figures.given import given_by
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.reporting.latex.figures import write_snippet
from fewshot.suites.request import SuiteRequest
from fewshot.suites.status import read_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot figures`."""
    suite_options.add_suite(parser)
    suite_options.add_results(parser)
    suite_options.add_data(parser)
    parser.add_argument("--out", type=Path, metavar="DIR", help="the folder to draw into (paper_figures)")


def do(options: argparse.Namespace) -> int:
    """Draw the figures of the parsed options, and return the exit code."""
    return figures(suite_options.suite_request(options), options.results, options.data, options.out)


def figures(suite: SuiteRequest, results: Path, data: Path | None, out: Path | None) -> int:
    """Draw a suite's figures, and print their files and the reason for each one left out."""
    if not suite.is_plain and not out:
        raise RequestError("the figures of a changed suite, or of your own: expected --out DIR, a folder for them")
    read = suite.read()
    check_there(results)
    status = read_status(read, results)
    given, out = given_by(status, results, data), out or Path(COMMITTED)
    pictures, why_not = drawable(given, out)
    kinds = FIGURES | pictures
    for line in draw_figures(given, out, kinds=kinds):
        print(line)
    if snippet := write_snippet(given, out, PLAIN, kinds):
        print(snippet)
    if why_not:
        print(f"{', '.join(PICTURES)}: {why_not}")
    keep_out_of_git(given, out / read.name)
    return 0
