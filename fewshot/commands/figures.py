"""`fewshot figures`: a suite's figures, with the data that they show."""

import argparse

from fewshot.commands import asked_suite
from fewshot.figures import draw_figures
from fewshot.standing import read_standing


def figures(options: argparse.Namespace) -> int:
    """Draw what the records hold and say what was left out."""
    standing = read_standing(asked_suite(options), options.results)
    for line in draw_figures(standing.suite, standing.records, options.out):
        print(line)
    return 0
