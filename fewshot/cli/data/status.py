"""`fewshot data`: the data sets on this machine, a line each; nothing is fetched or decoded.

fewshot data
fewshot data --data /mnt/images
fewshot data --plugin my_dataset.py
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.data.locations import data_folders
from fewshot.registry.lookup import entries, full_name, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot data`."""
    suite_options.add_data(parser)
    suite_options.add_plugins(parser)


def do(options: argparse.Namespace) -> int:
    """Print the status of every data set, and return the exit code."""
    suite_options.load_plugins(options)
    print("\n".join(status(data_folders(options.data))))
    return 0


def status(folders: Sequence[Path]) -> list[str]:
    """A line for each data set. Raises `RequestError` with the file of a plug-in that fails."""
    from fewshot.conformance.breaches import blamed

    lines = []
    for entry in entries("datasets").values():
        with blamed(entry, "the data folders"):
            lines.append(f"{full_name(entry)}: {load('datasets', full_name(entry)).locate(folders)}")
    return lines
