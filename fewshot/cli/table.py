"""`fewshot table`: a suite's table from its records; nothing is computed.

fewshot table omniglot-lake
fewshot table losses --sort suite --format latex
fewshot table backbones --rows loss --columns backbone,task
"""

import argparse
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.cli.suite_options import SuiteRequest
from fewshot.reporting.pivot import FEW, SORTS
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.suite_table import suite_table
from fewshot.suites.status import read_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot table`."""
    suite_options.add_suite(parser)
    suite_options.add_layout(parser)
    suite_options.add_results(parser)
    parser.add_argument("--sort", choices=SORTS, default="", help=f"(accuracy, where there are more than {FEW} rows)")
    parser.add_argument("--format", choices=FORMATS, default="text", help="(text)")


def do(options: argparse.Namespace) -> int:
    """Print the table that parsed options ask for; the exit code."""
    return table(suite_options.suite_request(options), options.results, options.format, options.sort)


def table(suite: SuiteRequest, results: Path, form: str, sort: str) -> int:
    """Print the table."""
    status = read_status(suite.read(), results)
    print(render(suite_table(status, results, suite.rows, suite.columns, sort=sort), form), end="")
    return 0
