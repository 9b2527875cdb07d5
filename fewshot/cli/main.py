"""The command line: `fewshot list | data | run | table | figures | check | check-plugin`.

Exit codes: 0 done; 1 some cell failed, or a check did; 2 the request was wrong, with one message and no traceback.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.spec import STAGES
from fewshot.registry.source import KINDS

FORMATS = ("text", "md", "latex", "csv", "html")  # as in fewshot.reporting.render, which takes longer to import


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit code. Of the processes that torchrun starts, the first says what all do."""
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return _main(arguments)
    return import_module("fewshot.execution.torchrun").lead_or_follow(lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    try:
        options = _parser().parse_args(arguments)
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


def _do(command: str) -> Callable[[argparse.Namespace], int]:
    """The function `module.name` of `fewshot.cli`, imported when it is called."""
    module, name = command.split(".")
    return lambda options: getattr(import_module(f"fewshot.cli.{module}"), name)(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fewshot", description="Controlled comparisons of metric-learning losses on few-shot tasks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    results, data, own, suite, layout = _results(), _data(), _own_data(), _suite(), _layout()

    command = commands.add_parser("list", help="suites and parts by name")
    command.add_argument("kind", nargs="?", choices=[*KINDS.values(), "suites"])
    command.add_argument("--detail", action="store_true", help="options and defaults too")
    command.set_defaults(do=_do("list.parts"))

    command = commands.add_parser(
        "data", parents=[data, own], help="which data sets are here and whether they are whole"
    )
    command.add_argument("name", nargs="?", metavar="NAME", help="fetch and verify this one")
    command.add_argument("--audit", metavar="PROTOCOL", help="look for leaks: what its tasks draw, what splits share")
    command.add_argument("--plugin", type=Path, action="append", default=[], metavar="FILE", help="a part of your own")
    command.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="an option of NAME or PROTOCOL"
    )
    command.set_defaults(do=_do("data.data"))

    command = commands.add_parser(
        "run", parents=[suite, own, layout, results, data], help="run a suite and print its table"
    )
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")
    shared = command.add_mutually_exclusive_group()
    shared.add_argument("--workers", type=_positive, default=1, metavar="N", help="processes on this machine")
    shared.add_argument("--ray", metavar="ADDRESS", help="a Ray cluster: HOST:PORT, auto, or local, a private one")
    command.add_argument("--gpus-per-cell", type=_share, metavar="X", help="share of a GPU, with --ray (1)")
    command.add_argument("--dry-run", action="store_true", help="say what would be done and how long it takes")
    command.set_defaults(do=_do("run.run"))

    command = commands.add_parser(
        "table", parents=[suite, own, layout, results], help="a suite's table from its records"
    )
    command.add_argument("--format", choices=FORMATS, default="text")
    command.set_defaults(do=_do("table.table"))

    command = commands.add_parser("figures", parents=[suite, own, results], help="a suite's figures from its records")
    command.add_argument("--out", type=Path, metavar="DIR", help="where to (paper_figures)")
    command.set_defaults(do=_do("figures.figures"))

    command = commands.add_parser("check", parents=[results], help="tables and figures are what the records say")
    command.add_argument("--figures", type=Path, default=Path("paper_figures"), metavar="DIR", help="(paper_figures)")
    command.set_defaults(do=_do("check.check"))

    command = commands.add_parser("check-plugin", help="whether a part of your own keeps what its kind promises")
    command.add_argument("file", type=Path, nargs="+", metavar="FILE")
    command.add_argument("--thorough", action="store_true", help="also whether it tells apart what is unlike")
    command.set_defaults(do=_do("check_plugin.check_plugin"))
    return parser


def _results() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="records (results)")
    return options


def _data() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument(
        "--data", type=Path, metavar="DIR", help="data sets (else $FEWSHOT_DATA, ./data, the user's cache)"
    )
    return options


def _own_data() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--split", metavar="A/B/C", help="of folder:PATH: shares of its classes for train, val, test")
    options.add_argument("--skip-damaged", action="store_true", help="of folder:PATH: leave damaged images out")
    return options


def _suite() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("suite", metavar="SUITE", help="a name (fewshot list suites) or a TOML file")
    options.add_argument("--stage", choices=STAGES, help="val: the test classes are never decoded (test)")
    options.add_argument("--plugin", type=Path, action="append", default=[], metavar="FILE", help="a part of your own")
    options.add_argument("--only", action="append", default=[], metavar="KEY=VALUE", help="cells with this loss, …")
    options.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change it; KEY+=VALUE adds")
    options.add_argument("--seeds", type=_positive, metavar="N", help="seeds 0 … N−1")
    options.add_argument("--steps", type=_positive, metavar="N", help="training steps of every cell")
    return options


def _layout() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    options.add_argument("--rows", type=_keys, default=(), metavar="KEY,…", help="of the table: loss, backbone, …")
    options.add_argument("--columns", type=_keys, default=(), metavar="KEY,…", help="of the table: task, backbone, …")
    return options


def _keys(text: str) -> tuple[str, ...]:
    return tuple(key.strip() for key in text.split(","))


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"expected a number above 0 and at most 1, got {text!r}")
    return share


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)
