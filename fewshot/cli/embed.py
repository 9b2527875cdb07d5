"""`fewshot embed`: the embeddings of images by a trained network, in a file.

fewshot embed photos --model 9d0c5f8a1b2c --out photos.npz
fewshot embed a.png b.png --out characters.csv
"""

import argparse
import sys
from pathlib import Path

from fewshot.cli import network_options
from fewshot.core.errors import one_line, unknown
from fewshot.core.files import check_place

FORMS = (".npz", ".csv", ".parquet")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot embed`."""
    images = {"metavar": "IMAGES", "help": "images, or folders of images"}
    parser.add_argument("images", nargs="+", type=network_options.named, **images)
    form = f"the file to write: names and embeddings as {', '.join(FORMS)}"
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help=form)
    network_options.add_network(parser)


def do(options: argparse.Namespace) -> int:
    """Write the embeddings of the parsed options, and return the exit code."""
    if options.out.suffix.lower() not in FORMS:
        raise unknown("form of --out", options.out.suffix, FORMS)
    check_place(options.out)
    from fewshot.verification.embeddings import write_embeddings

    found = [*network_options.templates_of(network_options.verifier_of(options), options.images)]
    network_options.print_changes(found)
    left_out = write_embeddings(found, options.out)
    for one in left_out:
        print(one_line(f"fewshot: left out: {one.name}: {one.change}"), file=sys.stderr)
    count = len(found) - len(left_out)
    print(f"{options.out}: {count:,} embeddings{f', {len(left_out):,} images left out' * bool(left_out)}")
    return 0
