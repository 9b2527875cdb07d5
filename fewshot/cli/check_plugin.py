"""`fewshot check-plugin`: a user's parts, held to the promises of their kinds."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.registry.lookup import add_plugin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot check-plugin`."""
    parser.add_argument("file", type=Path, nargs="+", metavar="FILE")
    parser.add_argument("--thorough", action="store_true", help="also whether it tells apart what is unlike")


def do(options: argparse.Namespace) -> int:
    """Check the files that parsed options name; the exit code."""
    return check_plugin(options.file, options.thorough)


def check_plugin(files: Sequence[Path], thorough: bool) -> int:
    """Print a line for each promise that is kept; a breach is refused with the reason."""
    from fewshot.conformance import check

    for entry in [add_plugin(file) for file in files]:
        for line in check(entry.kind, entry.name, thorough=thorough):
            print(line)
    return 0
