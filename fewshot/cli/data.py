"""`fewshot data`: the data sets on this machine, one of them fetched and verified, or the leaks of a protocol."""

import argparse
from pathlib import Path

from fewshot.cli.suite_options import add_data_option, add_dataset_options, add_plugin_option
from fewshot.data.locations import data_folders
from fewshot.registry.lookup import add_plugin, entries, find, full_name, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot data`."""
    add_data_option(parser)
    add_dataset_options(parser)
    parser.add_argument("name", nargs="?", metavar="NAME", help="fetch and verify this one")
    parser.add_argument("--audit", metavar="PROTOCOL", help="look for leaks: what its tasks draw, what splits share")
    add_plugin_option(parser)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="an option of NAME or PROTOCOL")


def do(options: argparse.Namespace) -> int:
    """Print which data sets are here, or fetch and verify one, or look for leaks in a protocol, or both."""
    for file in options.plugin:
        add_plugin(file)
    if options.audit:
        from fewshot.cli import leakage as leaks

        leaks.asked_parts(options)  # refused before anything is fetched
    if options.name or not options.audit:
        print("\n".join(verify(options.name, options.data) if options.name else locate(options.data)))
    return leaks.audit(options) if options.audit else 0


def locate(data: Path | str | None = None) -> list[str]:
    """What is here, a line for each data set; nothing is fetched or decoded."""
    folders = data_folders(data)
    names = map(full_name, entries("datasets").values())
    return [f"{name}: {load('datasets', name).locate(folders)}" for name in names]


def verify(name: str, data: Path | str | None = None) -> list[str]:
    """Fetch a data set if it is not here, and verify all of it: what was found, or `RequestError`."""
    entry = find("datasets", name)
    member = {entry.family: name.partition(":")[2]} if entry.family else {}
    return load("datasets", name).verify(data_folders(data), **member)
