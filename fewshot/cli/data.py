"""`fewshot data`: the data sets on this machine, one of them fetched and verified, or the leaks of a protocol."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.data.locations import data_folders
from fewshot.registry.lookup import add_plugin, entries, find, full_name, load
from fewshot.suites.overrides import setting


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot data`."""
    suite_options.add_data(parser)
    suite_options.add_dataset(parser)
    parser.add_argument("name", nargs="?", metavar="NAME", help="fetch and verify this one")
    parser.add_argument("--audit", metavar="PROTOCOL", help="look for leaks: what its tasks draw, what splits share")
    suite_options.add_plugins(parser)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an option of NAME or PROTOCOL")


def do(options: argparse.Namespace) -> int:
    """Print what parsed options ask for; the exit code."""
    for file in options.plugin:
        add_plugin(file)
    given = [(f"--set {key}={value}", key, value) for key, value in map(setting, options.set)]
    given += [(f"--{key.replace('_', '-')}", key, value) for key, value in suite_options.of_dataset(options).items()]
    return data(options.name, options.audit, given, data_folders(options.data))


def data(name: str | None, protocol: str | None, given: Sequence[tuple], folders: Sequence[Path]) -> int:
    """Print which data sets are here, or fetch and verify one, or look for leaks in a protocol, or both."""
    from fewshot.cli.leakage import parts_of, report_leaks

    parts = parts_of(protocol, name, given) if protocol else ()  # refused before anything is fetched
    if name or not protocol:
        print("\n".join(verify(name, folders) if name else locate(folders)))
    return report_leaks(*parts, folders) if protocol else 0


def locate(folders: Sequence[Path]) -> list[str]:
    """A line for each data set, on what is here; nothing is fetched or decoded."""
    names = map(full_name, entries("datasets").values())
    return [f"{name}: {load('datasets', name).locate(folders)}" for name in names]


def verify(name: str, folders: Sequence[Path]) -> list[str]:
    """Fetch a data set if it is not here, and verify all of it: a report, or `RequestError`."""
    entry = find("datasets", name)
    member = {entry.family: name.partition(":")[2]} if entry.family else {}
    return load("datasets", name).verify(folders, **member)
