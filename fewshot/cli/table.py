"""`fewshot table`: a suite's table from its records."""

import argparse
from pathlib import Path

from fewshot.cli.suite_options import (
    SuiteRequest,
    add_layout_options,
    add_results_option,
    add_suite_options,
    suite_request,
)
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.suite_table import suite_table
from fewshot.suites.status import read_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot table`."""
    add_suite_options(parser)
    add_layout_options(parser)
    add_results_option(parser)
    parser.add_argument("--format", choices=FORMATS, default="text")


def do(options: argparse.Namespace) -> int:
    """Print the table that parsed options ask for; the exit code."""
    return table(suite_request(options), options.results, options.format)


def table(suite: SuiteRequest, results: Path, form: str) -> int:
    """Print the table."""
    status = read_status(suite.read(), results)
    print(render(suite_table(status, results, suite.rows, suite.columns), form), end="")
    return 0
