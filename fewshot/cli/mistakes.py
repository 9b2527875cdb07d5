"""`fewshot mistakes`: the wrong answers and the hardest pairs of one method, with their images.

fewshot mistakes omniglot-lake --only loss=triplet
fewshot mistakes omniglot-lake --only loss=triplet --only seed=1 --out mistakes.png
fewshot mistakes my_results --id 9d0c5f --number 50 --out mistakes.html
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.core.errors import unknown
from fewshot.core.files import check_place, write_whole
from fewshot.data.locations import data_folders
from fewshot.records.record import RunRecord
from fewshot.records.store import RESULTS
from fewshot.reporting.mistakes.choose import one_record
from fewshot.reporting.mistakes.figure import to_png
from fewshot.reporting.mistakes.html import to_html
from fewshot.reporting.mistakes.page import Images, Page
from fewshot.reporting.mistakes.sections import sections_of
from fewshot.reporting.mistakes.text import to_text
from fewshot.suites.request import SuiteRequest

NUMBER = 8  # of each kind, so that they fit a page
FORMS = {".png": to_png, ".html": lambda page: to_html(page).encode()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot mistakes`."""
    suite_options.add_suite(parser, or_folder=True)
    suite_options.add_results(parser)
    suite_options.add_data(parser)
    parser.add_argument("--id", default="", metavar="ID", help="the beginning of the record's id (any)")
    number = f"show at most N mistakes of each kind ({NUMBER})"
    parser.add_argument("--number", type=suite_options.positive, default=NUMBER, metavar="N", help=number)
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="write a page with images, .png or .html (a list is printed)"
    )


def do(options: argparse.Namespace) -> int:
    """Print or draw the mistakes of the parsed options, and return the exit code."""
    request = suite_options.suite_request(options)
    results = options.results if options.results != RESULTS else None
    return mistakes(request, results, options.data, options.id, options.number, options.out)


def mistakes(
    asked: SuiteRequest, results: Path | None, data: Path | None, begin: str, number: int, out: Path | None
) -> int:
    """Print the mistakes of the record that is asked for, or write them to `out` with their images."""
    if out and out.suffix.lower() not in FORMS:
        raise unknown("form of --out", out.suffix, FORMS)
    if out:
        check_place(out)
    record, label = one_record(asked, results, begin)
    page = page_of(record, label, images_of(record, data_folders(data)), number)
    if not out:
        print(to_text(page), end="")
        return 0
    write_whole(out, FORMS[out.suffix.lower()](page))
    print(out)
    return 0


def page_of(record: RunRecord, label: str, images: Images, number: int) -> Page:
    """The page of a record's mistakes, at most `number` in a section."""
    note = f"{record}; record {record.id}, protocol {record.spec.protocol.name}, stage {record.spec.stage}"
    return Page(label, note, sections_of(record, images, number))


def images_of(record: RunRecord, folders: Sequence[Path]) -> Images:
    """The images that a record was measured on."""
    from fewshot.inspection.images import plain_images
    from fewshot.tasks.measured_images import measured_images

    return plain_images(measured_images(record, folders), record.spec)
