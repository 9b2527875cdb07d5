"""`fewshot data fetch`: one data set downloaded where it is not here, and verified.

fewshot data fetch omniglot
fewshot data fetch miniimagenet
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.cli.data.verify import verify
from fewshot.core.errors import RequestError
from fewshot.data.locations import data_folders
from fewshot.registry.lookup import entries, find, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot data fetch`."""
    suite_options.add_named_dataset(parser, "a data set that can be downloaded")


def do(options: argparse.Namespace) -> int:
    """Fetch a data set, print the report on it, and return the exit code."""
    suite_options.load_plugins(options)
    print("\n".join(fetch(options.name, data_folders(options.data))))
    return 0


def fetch(name: str, folders: Sequence[Path]) -> list[str]:
    """Fetch a data set's missing files, and return the report on it.

    Raises `RequestError` for one that cannot be downloaded, and where the download fails.
    """
    from fewshot.conformance.breaches import blamed

    entry = find("datasets", name)
    if not entry.marks.fetch:
        able = [other.name for other in entries("datasets").values() if other.marks.fetch]
        raise RequestError(f"data set {name} has nothing to download: expected one of {', '.join(able)}")
    with blamed(entry, "the data folders"):
        load("datasets", name).fetch(folders)
    return verify(name, folders) if entry.marks.verify else [f"{name}: fetched, and not verified"]
