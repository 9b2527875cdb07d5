"""The commands by name, and a parser with the arguments of the chosen one."""

import argparse
import re
from collections.abc import Sequence
from difflib import get_close_matches
from importlib import import_module
from textwrap import indent
from types import ModuleType
from typing import Any, NoReturn

from fewshot.core.errors import RequestError, unknown

COMMANDS = {  # each is a module of this package, imported only when it is chosen; a name of two words is in a package
    "list": "suites and parts by name",
    "data": "the data sets on this machine",
    "data status": "which data sets are here; `fewshot data` alone does the same",
    "data fetch": "download a data set, and verify it",
    "data verify": "read a data set as a whole, and compare it with its known content",
    "data leaks": "look for leaks in a protocol",
    "init": "write a file to start from: a suite for a folder of images, or a part of your own",
    "run": "compute the cells of a suite that have no record yet, and print its table",
    "watch": "show what runs in a results folder, where it is and when it ends",
    "table": "print the table of a suite or of a folder's records",
    "figures": "draw a suite's figures from its records",
    "report": "write one page for the screen: a suite or one network, with curves and pictures",
    "mistakes": "show the wrong answers and the hardest pairs of one method",
    "reproduce": "a paper's figures, ours beside them, and the commands that compute these",
    "verify": "tell whether two images show the same class, by a trained network",
    "enrol": "add images of one identity to a gallery, by a trained network",
    "identify": "tell who of a gallery images show, by a trained network",
    "gallery": "look at a gallery, check it, or remove from it",
    "gallery list": "the identities of a gallery",
    "gallery show": "the images of one identity",
    "gallery remove": "remove an identity, or some of its images",
    "gallery check": "a gallery's file is as it was written",
    "embed": "write the embeddings of images by a trained network",
    "export": "write a trained network for use in other programs",
    "measure": "print the verification table of any system's scores of pairs",
    "check": "check the results folder, or a part of your own",
    "check results": "tables and figures are what the records say",
    "check plugin": "a part of your own keeps the promises of its kind",
}
NEGATIVE = re.compile(r"-((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf|nan)$", re.IGNORECASE)
BARE = {"data": "status"}  # the command that a group's name alone stands for


class Parser(argparse.ArgumentParser):
    """A parser whose refusals are one message with the nearest valid name, as all others are, and to which -1e-3 is a
    number and no option."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._negative_number_matcher = NEGATIVE

    def parse_known_args(self, *args: Any, **kwargs: Any) -> tuple[argparse.Namespace, list[str]]:
        """The arguments; the command that they are given to refuses those that it does not know."""
        options, left = super().parse_known_args(*args, **kwargs)
        if left:
            near = get_close_matches(left[0].partition("=")[0], self._option_string_actions, n=1)
            self.error(f"unrecognized arguments: {' '.join(left)}{f'; did you mean {near[0]}?' if near else ''}")
        return options, left

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, str(unknown("choice", str(value), map(str, action.choices))))

    def error(self, message: str) -> NoReturn:
        """Raise `RequestError` with the message, and where the help is."""
        raise RequestError(f"{message}; {self.prog} --help has the arguments")


def make_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of all commands, with the arguments of the chosen one."""
    parser = Parser(
        prog="fewshot",
        allow_abbrev=False,
        description="Controlled comparisons of metric-learning losses on few-shot tasks.",
        epilog="`fewshot run quickstart` is a start, `fewshot COMMAND --help` has examples.",
    )
    parser.add_argument("--version", action="version", version=_version() if "--version" in arguments else "")
    _add_commands(parser, [word for word in arguments if not word.startswith("-")])
    return parser


def completed(arguments: Sequence[str]) -> list[str]:
    """The arguments, with the command of a lone group added: `data --data DIR` is `data status --data DIR`."""
    group, *rest = arguments or ("",)
    alone = not rest or (rest[0].startswith("-") and not {"-h", "--help"}.intersection(rest))
    return [group, BARE[group], *rest] if group in BARE and alone else list(arguments)


def _add_commands(parser: argparse.ArgumentParser, words: Sequence[str], group: str = "") -> None:
    """Add the commands of a group, and the arguments of the one that the first word names."""
    commands = parser.add_subparsers(required=True, metavar=None if group else "COMMAND")
    for name, text in COMMANDS.items():
        outer, _, own = name.rpartition(" ")
        if outer != group:
            continue
        command = commands.add_parser(
            own, allow_abbrev=False, help=text, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if own not in words[:1]:
            continue
        if any(other.startswith(f"{name} ") for other in COMMANDS):
            _add_commands(command, words[1:], name)
        else:
            _fill(command, import_module(f"fewshot.cli.{name.replace(' ', '.')}"))


def _fill(command: argparse.ArgumentParser, module: ModuleType) -> None:
    """Add the arguments of a command's module, and its docstring's title and examples as the help."""
    title, _, examples = (module.__doc__ or "").partition("\n\n")
    text = title.partition(": ")[2]
    command.description = f"{text[:1].upper()}{text[1:]}\nIn parentheses is what holds without an option."
    command.epilog = f"examples:\n{indent(examples, '  ')}"
    module.add_arguments(command)
    command.set_defaults(do=module.do)


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"fewshot {version('fewshot')}"
    except PackageNotFoundError:
        return "fewshot, not installed: its version is not known"
