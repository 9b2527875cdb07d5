"""`fewshot figures`: a suite's figures, with the data that they show."""

import argparse
from pathlib import Path

from fewshot.commands import asked_suite, is_changed
from fewshot.errors import RequestError
from fewshot.figures import draw_figures
from fewshot.standing import read_standing


def figures(options: argparse.Namespace) -> int:
    """Draw what the records hold and say what was left out."""
    if is_changed(options) and not options.out:
        raise RequestError("the figures of a changed suite, or of your own: expected --out DIR, a folder for them")
    standing = read_standing(asked_suite(options), options.results)
    for line in draw_figures(standing.suite, standing.records, options.out or Path("paper_figures")):
        print(line)
    return 0
