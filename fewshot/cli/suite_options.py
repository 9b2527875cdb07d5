"""The options that name a suite and change it, shared by `run`, `table` and `figures`."""

import argparse
from pathlib import Path

from fewshot.registry.lookup import add_plugin
from fewshot.suites.suite import Suite, read_suite


def asked_suite(options: argparse.Namespace) -> Suite:
    """The suite that the options name, changed and narrowed as they say, its plug-ins known."""
    for file in options.plugin:
        add_plugin(file)
    suite = read_suite(
        options.suite,
        changes=options.set,
        stage=options.stage,
        seeds=options.seeds,
        steps=options.steps,
        of_dataset=of_dataset(options),
    )
    return suite.only(options.only)


def of_dataset(options: argparse.Namespace) -> dict[str, object]:
    """The options of the data set that the command line gives."""
    given = {"split": options.split, "skip_damaged": options.skip_damaged}
    return {name: value for name, value in given.items() if value}


def is_changed(options: argparse.Namespace) -> bool:
    """Whether the options ask for something other than a suite of the package as it stands."""
    asked = ("set", "only", "seeds", "steps", "stage", "plugin", "split", "skip_damaged", "rows", "columns")
    return options.suite.endswith(".toml") or any(getattr(options, key, None) for key in asked)


def plug_ins(options: argparse.Namespace) -> list[Path]:
    """The plug-ins' files, as other processes find them."""
    return [file.resolve() for file in options.plugin]
