"""The command line: `fewshot list | data | run | table`.

Exit codes: 0 done; 1 some cell failed; 2 the request was wrong, with one message and no traceback.
"""

import argparse
import math
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from fewshot.errors import RequestError
from fewshot.protocols import load_protocol, small_groups
from fewshot.record import check_writable, read_records
from fewshot.registry import KINDS, add_plugin, entries
from fewshot.spec import STAGES, RunSpec
from fewshot.suites import Suite, read_suite, suite_files
from fewshot.tables import FORMATS, Table, describe, make_table, render, write_tables


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; the exit code."""
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="fewshot", description="Controlled comparisons of metric-learning losses on few-shot tasks."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    results = argparse.ArgumentParser(add_help=False)
    results.add_argument(
        "--results", type=Path, default=Path("results"), metavar="DIR", help="records (default: results)"
    )
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument(
        "--data", type=Path, metavar="DIR", help="data sets (else $FEWSHOT_DATA, ./data, the user's cache)"
    )
    stage = argparse.ArgumentParser(add_help=False)
    stage.add_argument("--stage", choices=STAGES, default="test", help="val: the test classes are never decoded")
    stage.add_argument("--plugin", type=Path, action="append", default=[], metavar="FILE", help="a part of your own")
    stage.add_argument(
        "--only", action="append", default=[], metavar="KEY=VALUE", help="cells with this loss, backbone, …"
    )
    stage.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", help="change the suite; KEY+=VALUE adds"
    )
    stage.add_argument("--seeds", type=_positive, metavar="N", help="seeds 0 … N−1")
    stage.add_argument("--steps", type=_positive, metavar="N", help="training steps of every cell")

    command = commands.add_parser("list", help="suites and parts by name")
    command.add_argument("kind", nargs="?", choices=[*KINDS.values(), "suites"])
    command.add_argument("--detail", action="store_true", help="options and defaults too")
    command.set_defaults(do=_list)

    command = commands.add_parser("data", parents=[data], help="which data sets are here and whether they are whole")
    command.add_argument("name", nargs="?", metavar="NAME", help="fetch and verify this one")
    command.set_defaults(do=_data)

    command = commands.add_parser("run", parents=[stage, results, data], help="run a suite and print its table")
    command.add_argument("suite", metavar="SUITE", help="a name (fewshot list suites) or a TOML file")
    command.add_argument("--device", default="auto", help="auto, cpu or cuda")
    command.add_argument("--dry-run", action="store_true", help="say what would be done")
    command.set_defaults(do=_run)

    command = commands.add_parser("table", parents=[stage, results], help="print a suite's table from its records")
    command.add_argument("suite", metavar="SUITE")
    command.add_argument("--format", choices=FORMATS, default="text")
    command.set_defaults(do=_table)
    return parser


def _list(options: argparse.Namespace) -> int:
    for kind in [options.kind] if options.kind else [*KINDS.values(), "suites"]:
        if not options.kind:
            print(f"{kind}:")
        if kind == "suites":
            for name, file in suite_files().items():
                print(f"  {name:<20} {read_suite(str(file)).title}")
            continue
        for entry in entries(kind).values():
            print(f"  {entry.name:<20} {entry.summary}")
            if options.detail:
                for name, default in entry.options.items():
                    print(f"  {'':<20}   {name} = {default!r}")
    return 0


def _data(options: argparse.Namespace) -> int:
    from fewshot.datasets import audit, whereabouts

    print("\n".join(audit(options.name, options.data) if options.name else whereabouts(options.data)))
    return 0


def _suite(options: argparse.Namespace) -> Suite:
    for file in options.plugin:
        add_plugin(file)
    suite = read_suite(
        options.suite, changes=options.set, stage=options.stage, seeds=options.seeds, steps=options.steps
    )
    return suite.only(options.only)


def _run(options: argparse.Namespace) -> int:
    suite = _suite(options)
    recorded = read_records(options.results)
    todo = [spec for spec in suite.specs if spec.id not in recorded]
    print(
        f"{suite.title}\n{len(suite.specs)} cells, {len(suite.specs) - len(todo)} of them recorded{_time(suite, todo)}"
    )
    for spec in suite.specs:
        print(f"  {'recorded' if spec.id in recorded else 'to do   '}  {spec.id}  {label(spec)}")
    for line in dict.fromkeys(_left_out(spec) for spec in suite.specs):
        print(line, end="")
    print(f"records go to {options.results / 'runs' / suite.name}")
    if options.dry_run:
        return 0
    check_writable(options.results)
    failures = _run_cells(suite, todo, options) if todo else {}
    table = _suite_table(suite, options, failures)
    print(render(table, "text"), end="")
    if not (options.set or options.only or options.seeds or options.steps or options.plugin or options.stage != "test"):
        write_tables(table, options.results / "tables", suite.name)
    return 1 if failures else 0


def _time(suite: Suite, todo: list[RunSpec]) -> str:
    every, left = (sum(spec.training.steps for spec in specs if spec.training) for specs in (suite.specs, todo))
    minutes = math.ceil(suite.minutes * left / every) if every else 0
    return f", about {minutes} minutes on a CPU with 2 cores" if minutes else ""


def _run_cells(suite: Suite, todo: list[RunSpec], options: argparse.Namespace) -> dict[str, str]:
    from tqdm import tqdm

    from fewshot.datasets import data_folders
    from fewshot.harness import run_suite

    work = sum(spec.training.steps if spec.training else 0 for spec in todo)
    with tqdm(total=work, unit="step", dynamic_ncols=True, mininterval=0.5 if sys.stderr.isatty() else 20) as bar:

        def progress(spec: RunSpec):
            before = bar.n

            def hear(what: str, step: int) -> None:
                bar.set_description(f"{label(spec)}: {what}", refresh=False)
                bar.update(max(0, before + step - bar.n))

            return hear

        folders = data_folders(options.data)
        report = run_suite(suite, options.results, device=options.device, folders=folders, progress=progress)
    return report.failures


def _table(options: argparse.Namespace) -> int:
    print(render(_suite_table(_suite(options), options, {}), options.format), end="")
    return 0


def _suite_table(suite: Suite, options: argparse.Namespace, failures: dict[str, str]) -> Table:
    recorded = read_records(options.results)
    records = [recorded[spec.id] for spec in suite.specs if spec.id in recorded]
    missing = [(spec, f"failed: {failures[spec.id]}" if spec.id in failures else "missing")
               for spec in suite.specs if spec.id not in recorded]  # fmt: skip
    protocols = {spec.protocol.name for spec in suite.specs}
    tests = sum(r.spec.stage == "test" and r.spec.protocol.name in protocols for r in recorded.values())
    published = suite.published if options.stage == "test" else ()
    return make_table(suite.title, suite.note, records, published, test_evaluations=tests, missing=missing)


def _left_out(spec: RunSpec) -> str:
    if not (spec.training and spec.training.within_group):
        return ""
    way = spec.training.task.way
    small = small_groups(load_protocol(spec.protocol.name).learned_from(spec.training.learn), way)
    return f"left out of {way}-way tasks within a group: {', '.join(small)}\n" if small else ""


def label(spec: RunSpec) -> str:
    """A cell in a few words: "triplet, conv4, seed 0"."""
    method, similarity, network, *_ = describe(spec)
    return ", ".join([method, similarity, *([network, f"seed {spec.seed}"] if spec.training else [])])


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, got {text!r}")
    return int(text)
