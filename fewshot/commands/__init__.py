"""The commands of the command line: one file each, a function from parsed options to the exit code."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from fewshot.keys import RECIPE, describe, phrase, shown
from fewshot.registry import add_plugin
from fewshot.spec import RunSpec
from fewshot.suites import Suite, read_suite

TELLING = ("size", "learn", "steps", "pairs", "copies", *RECIPE, "protocol")  # of a cell beside parts and seed


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


def label(spec: RunSpec, among: Sequence[RunSpec] = ()) -> str:
    """A cell in a few words, with what tells it from those `among` which it is: "triplet, euclidean, conv4, seed 0"."""
    alike = [one for one in (spec, *among) if describe(one)[:3] == describe(spec)[:3]]
    told = [phrase(spec, key) for key in TELLING if len({shown(one, key) for one in alike}) > 1]
    method, similarity, network, *_ = describe(spec)
    return ", ".join([method, similarity, *([network, *told, f"seed {spec.seed}"] if spec.training else told)])


def plug_ins(options: argparse.Namespace) -> list[Path]:
    """The plug-ins' files, as other processes find them."""
    return [file.resolve() for file in options.plugin]
