"""The command line: `fewshot list | data | run | table | figures | check | check-plugin`.

Exit codes: 0 done; 1 some cell failed, or a check did; 2 the request was wrong, with one message and no traceback.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from fewshot.core.errors import RequestError

COMMANDS = {  # each is a module of this package, imported only when it is wanted
    "list": "suites and parts by name",
    "data": "which data sets are here and whether they are whole",
    "run": "run a suite and print its table",
    "table": "a suite's table from its records",
    "figures": "a suite's figures from its records",
    "check": "tables and figures are what the records say",
    "check-plugin": "whether a part of your own keeps what its kind promises",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit code. Of the processes that torchrun starts, the first says what all do."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return _main(arguments)
    return import_module("fewshot.execution.torchrun").lead_or_follow(lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    try:
        options = _parser(sys.argv[1:] if arguments is None else arguments).parse_args(arguments)
        return options.do(options)
    except RequestError as error:
        print(f"fewshot: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # whoever reads, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"fewshot: {error}; what is recorded is kept", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nfewshot: stopped; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of all commands, with the arguments of the one that is wanted."""
    parser = argparse.ArgumentParser(
        prog="fewshot", description="Controlled comparisons of metric-learning losses on few-shot tasks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    wanted = next((word for word in arguments if not word.startswith("-")), None)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text)
        if name == wanted:
            module = import_module(f"fewshot.cli.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.set_defaults(do=module.do)
    return parser
