"""`fewshot report`: one page for the screen, of a suite, of a folder's records or of one network; nothing is trained.

fewshot report omniglot-lake --out lake.html
fewshot report my_results --only loss=triplet --out mine.html
fewshot report --model 9d0c5fd1c2ab --results mine --out network.html
"""

import argparse
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.cli.network_options import named
from fewshot.core.errors import RequestError, unknown
from fewshot.core.files import check_place, write_whole
from fewshot.data.locations import data_folders
from fewshot.records.kept import weights_file
from fewshot.records.store import RESULTS
from fewshot.reporting.screen.method import Seen
from fewshot.reporting.screen.page import suite_page
from fewshot.reporting.summary import Method
from fewshot.reporting.tables.asked import by_method
from fewshot.reporting.tables.folder import folder_of

NUMBER, FEWER, MANY = 8, 4, 10  # mistakes of each kind of a method, and of each of more methods
FORMS = (".html", ".htm")
OF_SUITES = ("add", "set", "only", "stage", "seeds", "steps", "split", "min_images", "skip_damaged")  # options


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot report`."""
    suite_options.add_suite(parser, or_folder=True, optional=True)
    network = "instead of a suite: the id of a run, or the file of a network"
    parser.add_argument("--model", type=named, metavar="NETWORK", help=network)
    suite_options.add_results(parser)
    suite_options.add_data(parser)
    number = f"show at most N mistakes of each kind ({NUMBER}, of more than {MANY} methods {FEWER})"
    parser.add_argument("--number", type=suite_options.positive, metavar="N", help=number)
    parser.add_argument("--no-images", action="store_true", help="show no image of the data (those that are there)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the page, FILE.html")


def do(options: argparse.Namespace) -> int:
    """Write the page of the parsed options, and return the exit code."""
    if bool(options.suite) == bool(options.model):
        raise RequestError("expected a suite, a folder of records or --model, one of them")
    if options.model and (idle := [name for name in OF_SUITES if getattr(options, name)]):
        raise RequestError(f"--{idle[0].replace('_', '-')}: expected a suite beside it, got --model")
    if options.out.suffix.lower() not in FORMS:
        raise unknown("form of --out", options.out.suffix, FORMS)
    check_place(options.out, *(Path(one) for one in (options.suite, options.model) if one))
    text = _of_model(options) if options.model else _of_suite(options)
    write_whole(options.out, text.encode())
    print(options.out)
    return 0


def _of_suite(options: argparse.Namespace) -> str:
    results = options.results if options.results != RESULTS else None
    table, methods = by_method(suite_options.suite_request(options), results)
    there = [one for one in methods if one.records]
    number = options.number or (NUMBER if len(there) <= MANY else FEWER)
    return suite_page(table, methods, {} if options.no_images else _seen(there, options, number))


def _seen(methods: list[Method], options: argparse.Namespace, number: int) -> dict[str, Seen]:
    """The first record of each method with its images, or the first with a kept network, by the method's id."""
    from fewshot.inspection.seen import seen

    folders, found = data_folders(options.data), {}
    results = folder_of(options.suite) or options.results
    for one in methods:
        kept = [record for record in one.records if weights_file(results, record.id).exists()]
        first = min(kept or one.records, key=lambda record: record.spec.seed)
        found[one.spec.id] = seen(first, folders, results, number)
    return found


def _of_model(options: argparse.Namespace) -> str:
    from fewshot.inspection.network_page import network_page

    suite_options.load_plugins(options)
    folders = None if options.no_images else data_folders(options.data)
    return network_page(options.model, options.results, folders, options.number or NUMBER)
