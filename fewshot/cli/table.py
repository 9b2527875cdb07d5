"""`fewshot table`: a suite's table, or that of all records in a folder; nothing is computed.

fewshot table omniglot-lake
fewshot table losses --sort suite --format latex
fewshot table backbones --rows loss --columns backbone,task
fewshot table results --only loss=triplet --stage test
"""

import argparse
from dataclasses import replace
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.cli.suite_options import SuiteRequest
from fewshot.core.errors import RequestError
from fewshot.reporting.blocks import Table
from fewshot.reporting.pivot import FEW, SORTS
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.suite_table import folder_of, folder_table, suite_table
from fewshot.suites.status import read_status


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot table`."""
    suite_options.add_suite(parser, or_folder=True)
    suite_options.add_layout(parser)
    suite_options.add_results(parser)
    parser.add_argument("--sort", choices=SORTS, default="", help=f"order of rows (accuracy for more than {FEW})")
    parser.add_argument("--format", choices=FORMATS, default="text", help="form of the table (text)")


def do(options: argparse.Namespace) -> int:
    """Print the table that parsed options ask for; the exit code."""
    request = suite_options.suite_request(options)
    folder = folder_of(request.name)
    table = of_folder(folder, request, options) if folder else of_suite(request, options)
    print(render(table, options.format), end="")
    return 0


def of_suite(request: SuiteRequest, options: argparse.Namespace) -> Table:
    """The table of a suite, its cells without a record among its rows."""
    suite = request.read()
    suite_options.check_results(options.results)
    status = read_status(suite, options.results)
    return suite_table(status, options.results, request.rows, request.columns, sort=options.sort)


def of_folder(folder: Path, request: SuiteRequest, options: argparse.Namespace) -> Table:
    """The table of a folder's records, which no option changes."""
    suite_options.load_plugins(options)
    chosen = {"only": request.only, "stage": request.stage}
    layout = {"rows": request.rows, "columns": request.columns}
    if options.results != suite_options.RESULTS or request != replace(
        SuiteRequest(request.name), plugins=request.plugins, **chosen, **layout
    ):
        given = "--only, --stage, --plugin, --rows, --columns, --sort and --format alone"
        raise RequestError(f"folder {folder}: its records are shown as they are: expected {given}")
    return folder_table(folder, **chosen, **layout, sort=options.sort)
