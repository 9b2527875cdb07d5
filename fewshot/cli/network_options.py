"""Arguments that commands on a trained network share."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from fewshot.cli import suite_options
from fewshot.core.errors import one_line

if TYPE_CHECKING:
    from fewshot.verification.template import Template
    from fewshot.verification.verifier import Verifier

CHARACTERS = "characters"  # as in verification.verifier, which imports torch
SHOWN = 5  # changes of images that are printed


def add_network(parser: argparse.ArgumentParser) -> None:
    """Add `--model NETWORK`, `--best SUITE`, `--results DIR` and `--plugin FILE`."""
    own = f"the id of a run, or the file of a network ({CHARACTERS}, the package's own)"
    parser.add_argument("--model", type=named, default=CHARACTERS, metavar="NETWORK", help=own)
    parser.add_argument("--best", type=named, metavar="SUITE", help="the best network of a suite, on val (none)")
    suite_options.add_results(parser)
    suite_options.add_plugins(parser)


def add_gallery(parser: argparse.ArgumentParser) -> None:
    """Add `--gallery FILE`."""
    parser.add_argument("--gallery", type=named, required=True, metavar="FILE", help="the file of the gallery")


def verifier_of(options: argparse.Namespace) -> "Verifier":
    """The verifier of parsed options."""
    from fewshot.verification.verifier import Verifier

    suite_options.load_plugins(options)
    return Verifier.load(options.model, best=options.best or "", results=options.results)


def named(text: str) -> str:
    """A name that is not empty, as that of an unset variable of a shell would be, for argparse."""
    if not text:
        raise argparse.ArgumentTypeError("expected a name, got none")
    return text


def is_folder(path: str) -> bool:
    """Whether an argument names a folder."""
    return Path(path).is_dir()


def templates_of(verifier: "Verifier", paths: Iterable[str]) -> Iterator["Template"]:
    """The templates of the images that arguments name, each a file or a folder; all are found before the first is made.

    A file in a folder that is no image cannot be used; one that is named itself is refused.
    """
    from fewshot.verification.images import check_image, files_in

    found: list[tuple[Path, bool]] = []
    for path in paths:
        if is_folder(path):
            found += [(file, True) for file in files_in(Path(path))]
        else:
            check_image(Path(path))
            found.append((Path(path), False))
    runs = groupby(found, itemgetter(1))  # files that are named one by one are embedded together too
    return chain.from_iterable(verifier.templates([file for file, _ in run], found=kind) for kind, run in runs)


def print_changes(templates: Iterable["Template"]) -> None:
    """Print how images were changed to standard error, the same changes in one line."""
    changes: dict[str, list[str]] = {}
    for one in templates:
        if one.embedding is not None and one.change:
            changes.setdefault(one.change, []).append(one.name)
    for change, names in [*changes.items()][:SHOWN]:
        more = f" and {len(names) - 1} more" if names[1:] else ""
        print(one_line(f"{names[0]}{more}: {change}"), file=sys.stderr)
    if len(changes) > SHOWN:
        print(f"… and {sum(map(len, [*changes.values()][SHOWN:]))} more images were changed", file=sys.stderr)
