"""`fewshot table`: a suite's table from its records."""

import argparse

from fewshot.cli.suite_options import asked_suite
from fewshot.reporting.render import render
from fewshot.reporting.suite_table import suite_table
from fewshot.suites.status import read_status


def table(options: argparse.Namespace) -> int:
    """Print the table."""
    standing = read_status(asked_suite(options), options.results)
    print(render(suite_table(standing, options.results, options.rows, options.columns), options.format), end="")
    return 0
