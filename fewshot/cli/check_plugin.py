"""`fewshot check-plugin`: a user's parts, held to the promises of their kinds."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.registry.lookup import add_plugin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot check-plugin`."""
    parser.add_argument("file", type=Path, nargs="+", metavar="FILE")


def do(options: argparse.Namespace) -> int:
    """Check the files that parsed options name; the exit code."""
    return check_plugin(options.file)


def check_plugin(files: Sequence[Path]) -> int:
    """Print what was checked; a breach is refused with the reason."""
    from fewshot.conformance import check

    for entry in [add_plugin(file) for file in files]:
        for line in check(entry.kind, entry.name):
            print(line)
    return 0
