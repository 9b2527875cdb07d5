"""The options that several commands share: a suite with its changes, results, data, and a table's layout."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from textwrap import fill

from fewshot.core.errors import RequestError
from fewshot.core.spec.names import STAGES
from fewshot.data.readers.class_split import read_shares
from fewshot.records.store import RESULTS
from fewshot.registry.lookup import add_plugin
from fewshot.reporting.columns import KEYS, TASK, VERIFIED
from fewshot.suites.request import SEEDS, SuiteRequest


def suite_request(options: argparse.Namespace) -> SuiteRequest:
    """The request for a suite that parsed options name."""
    changes = (
        tuple(options.plugin),
        tuple(options.add),
        tuple(options.set),
        tuple(options.only),
        options.stage,
        options.seeds,
        options.steps,
    )
    layout = {key: getattr(options, key, ()) for key in ("rows", "columns")}
    return SuiteRequest(options.suite, *changes, of_dataset(options), **layout)


def of_dataset(options: argparse.Namespace) -> dict[str, object]:
    """The options of the data set on the command line."""
    given = {key: getattr(options, key) for key in ("split", "min_images", "skip_damaged")}
    return {name: value for name, value in given.items() if value}


def add_suite(parser: argparse.ArgumentParser, *, or_folder: bool = False, optional: bool = False) -> None:
    """Add the arguments that `suite_request` takes, without a table's layout."""
    metavar, more = ("SUITE|FOLDER", ", or a folder of records") if or_folder else ("SUITE", "")
    count = "?" if optional else None
    parser.add_argument(
        "suite", nargs=count, metavar=metavar, help=f"a name (fewshot list suites) or a TOML file{more}"
    )
    _add_files(parser, "--add", "put the loss, backbone, similarity or learner of this file into the suite (none)")
    add_plugins(parser)
    _add_pairs(parser, "--only", "leave out the cells with another value, as in loss=triplet (all cells stay)")
    _add_pairs(parser, "--set", "change a value of the suite; KEY+=VALUE adds to a list (nothing is changed)")
    parser.add_argument("--stage", choices=STAGES, help="on val no test class is decoded (the suite's, else test)")
    parser.add_argument("--seeds", type=at_most(SEEDS), metavar="N", help="train with seeds 0 to N - 1 (the suite's)")
    parser.add_argument("--steps", type=positive, metavar="N", help="training steps of every cell (the suite's)")
    add_dataset(parser)


def add_plugins(parser: argparse.ArgumentParser) -> None:
    """Add `--plugin FILE`."""
    _add_files(parser, "--plugin", "read this file for a part that is named, such as the data set (none)")


def add_named_dataset(parser: argparse.ArgumentParser, text: str) -> None:
    """Add a data set's name, which `text` describes, and the options that find it."""
    parser.add_argument("name", metavar="NAME", help=text)
    add_data(parser)
    add_plugins(parser)


def load_plugins(options: argparse.Namespace) -> None:
    """Register the plug-ins of parsed options."""
    for file in options.plugin:
        add_plugin(file)


def add_dataset(parser: argparse.ArgumentParser) -> None:
    """Add the options of a user's own folder of images."""
    split = "shares of a folder's classes for train, val and test, as in 0.6/0.2/0.2 (the folder's own split)"
    parser.add_argument("--split", type=_shares, metavar="A/B/C", help=split)
    small = "leave a folder's classes with fewer images out (none)"
    parser.add_argument("--min-images", type=positive, metavar="N", help=small)
    parser.add_argument("--skip-damaged", action="store_true", help="leave a folder's damaged images out (refuse them)")


def add_layout(parser: argparse.ArgumentParser) -> None:
    """Add `--rows KEY,...` and `--columns KEY,...`."""
    keys = fill(f"KEY is one of {', '.join((*KEYS, TASK))}; of columns also {VERIFIED}, error rates of pairs.", 76)
    layout = parser.add_argument_group("layout of the table", keys)
    own = "keys of its {} (the suite's, else {})"
    layout.add_argument(
        "--rows", type=_keys, default=(), metavar="KEY,...", help=own.format("rows", "all that differs")
    )
    layout.add_argument("--columns", type=_keys, default=(), metavar="KEY,...", help=own.format("columns", TASK))


def add_results(parser: argparse.ArgumentParser) -> None:
    """Add `--results DIR`."""
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help=f"the records ({RESULTS})")


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add `--data DIR`."""
    where = "look for data sets here first ($FEWSHOT_DATA, then ./data, then the user's cache folder)"
    parser.add_argument("--data", type=Path, metavar="DIR", help=where)


def positive(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    if not re.fullmatch(r"0*[1-9][0-9]{0,17}", text):
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)


def at_most(most: int) -> Callable[[str], int]:
    """A whole number from 1 to `most`, for argparse."""

    def number(text: str) -> int:
        if (found := positive(text)) > most:
            raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {most:,}, got {text}")
        return found

    return number


def _shares(text: str) -> str:
    """Shares of train, val and test, for argparse."""
    try:
        read_shares(text)
    except RequestError as error:
        raise argparse.ArgumentTypeError(str(error).removeprefix("split: ")) from error
    return text


def _add_files(parser: argparse.ArgumentParser, option: str, text: str) -> None:
    parser.add_argument(option, type=Path, action="append", default=[], metavar="FILE", help=text)


def _add_pairs(parser: argparse.ArgumentParser, option: str, text: str) -> None:
    parser.add_argument(option, action="append", default=[], metavar="KEY=VALUE", help=text)


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(","))
