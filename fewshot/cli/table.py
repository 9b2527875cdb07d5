"""`fewshot table`: a suite's table, or that of all records in a folder; nothing is computed.

fewshot table backbones --rows loss --columns backbone,task
fewshot table omniglot-lake --differences
fewshot table losses --sort suite --format siunitx --out paper/losses.tex
fewshot table results --only loss=triplet --stage test
"""

import argparse
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.core.allocator import keep_memory, uncollected
from fewshot.core.files import check_place, write_whole
from fewshot.records.store import RESULTS
from fewshot.reporting.latex.table import snippet
from fewshot.reporting.pivot import FEW, SORTS
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.tables.asked import asked_table

UNWRAPPED = 10**6  # columns of a text in a file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot table`."""
    suite_options.add_suite(parser, or_folder=True)
    suite_options.add_layout(parser)
    suite_options.add_results(parser)
    parser.add_argument("--sort", choices=SORTS, default="", help=f"order of rows (accuracy for more than {FEW})")
    parser.add_argument("--differences", action="store_true", help="the paired differences of all methods")
    parser.add_argument("--format", choices=FORMATS, default="text", help="form of the table (text)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write it, of LaTeX the floats alone (it is printed)")


def do(options: argparse.Namespace) -> int:
    """Print the table of the parsed options, and return the exit code."""
    keep_memory()
    if options.out:
        check_place(options.out, Path(options.suite))
    request = suite_options.suite_request(options)
    results = options.results if options.results != RESULTS else None
    with uncollected():
        table = asked_table(request, results, options.sort, options.differences)
    if not options.out:
        print(render(table, options.format), end="")
        return 0
    in_latex = options.format in ("latex", "siunitx")
    text = snippet(table, options.format == "siunitx") if in_latex else render(table, options.format, UNWRAPPED)
    write_whole(options.out, text.encode())
    print(options.out)
    return 0
