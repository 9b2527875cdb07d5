"""`fewshot figures`: a suite's figures, with the data that they show."""

import argparse
from pathlib import Path

from fewshot.cli.suite_options import asked_suite, is_changed
from fewshot.core.errors import RequestError
from fewshot.reporting.figures.draw import draw_figures
from fewshot.suites.status import read_status


def figures(options: argparse.Namespace) -> int:
    """Draw what the records hold and say what was left out."""
    if is_changed(options) and not options.out:
        raise RequestError("the figures of a changed suite, or of your own: expected --out DIR, a folder for them")
    standing = read_status(asked_suite(options), options.results)
    for line in draw_figures(standing.suite, standing.records, options.out or Path("paper_figures")):
        print(line)
    return 0
