"""`fewshot data verify`: one data set read as a whole and held against its known content; nothing is fetched.

fewshot data verify omniglot
fewshot data verify folder:photographs --data /mnt/images
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.core.errors import RequestError
from fewshot.data.locations import data_folders
from fewshot.registry.lookup import find, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot data verify`."""
    suite_options.add_named_dataset(parser, "a data set (fewshot list datasets), or folder:PATH")


def do(options: argparse.Namespace) -> int:
    """Print the report on a data set, and return the exit code."""
    suite_options.load_plugins(options)
    print("\n".join(verify(options.name, data_folders(options.data))))
    return 0


def verify(name: str, folders: Sequence[Path]) -> list[str]:
    """The report on a data set. Raises `RequestError` where it is not here or not whole."""
    from fewshot.conformance.breaches import blamed

    entry = find("datasets", name)
    if not entry.marks.verify:
        raise RequestError(f"data set {name} cannot be verified: expected @dataset(verify=...) in {entry.file.name}")
    member = {entry.family: name.partition(":")[2]} if entry.family else {}
    with blamed(entry, "the data folders"):
        return list(load("datasets", name).verify(folders, **member))
