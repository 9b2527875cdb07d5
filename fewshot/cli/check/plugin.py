"""`fewshot check plugin`: a user's parts, held to the promises of their kinds.

fewshot check plugin my_loss.py
fewshot check plugin my_loss.py my_backbone.py --thorough
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.registry.lookup import add_plugin

MORE = "kept; --thorough also tests whether each part tells apart what is unlike"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot check plugin`."""
    parser.add_argument("file", type=Path, nargs="+", metavar="FILE", help="a Python file with a part of its name")
    parser.add_argument("--thorough", action="store_true", help="also whether it tells apart what is unlike (no)")


def do(options: argparse.Namespace) -> int:
    """Check the files of the parsed options, and return the exit code."""
    return check_plugins(options.file, options.thorough)


def check_plugins(files: Sequence[Path], thorough: bool) -> int:
    """Print a line for each kept promise. Raises `RequestError` with the reason for a broken one."""
    from fewshot.conformance import check

    for entry in [add_plugin(file) for file in files]:
        for line in check(entry.kind, entry.name, thorough=thorough):
            print(line)
    if not thorough:
        print(MORE)
    return 0
