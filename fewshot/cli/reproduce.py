"""`fewshot reproduce`: a paper's figures, ours beside them, the commands that compute ours, and how long they took.

fewshot reproduce --list
fewshot reproduce snell2017
fewshot reproduce koch2015 --train --results mine
"""

import argparse
import sys
from contextlib import nullcontext, redirect_stdout

from fewshot.cli import suite_options
from fewshot.cli.run import KEPT, RunRequest, run
from fewshot.core.allocator import uncollected
from fewshot.core.errors import RequestError
from fewshot.records.store import check_there
from fewshot.reporting.papers.papers import Paper, find_paper
from fewshot.reporting.papers.parts import parts_of
from fewshot.reporting.papers.report import listed, report
from fewshot.reporting.render import FORMATS, render
from fewshot.suites.request import WORKERS, SuiteRequest

AUTO = "auto"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot reproduce`."""
    parser.add_argument("paper", nargs="?", metavar="PAPER", help="a name of --list")
    parser.add_argument("--list", action="store_true", help="list the papers, and how many of their figures we have")
    first = "first compute the rows that have no record"
    parser.add_argument("--train", action="store_const", dest="kept", const=KEPT, default="", help=first)
    suite_options.add_results(parser)
    suite_options.add_data(parser)
    parser.add_argument("--device", default=AUTO, help="with --train: auto, cpu, cuda, … (CUDA where it is, else cpu)")
    processes = "with --train: processes that share the cells (1)"
    parser.add_argument("--workers", type=suite_options.at_most(WORKERS), default=1, metavar="N", help=processes)
    parser.add_argument("--format", choices=FORMATS, default="text", help="form of the table (text)")


def do(options: argparse.Namespace) -> int:
    """Print the report of the parsed options, and return the exit code."""
    if options.list == bool(options.paper):
        got = f"both, {options.paper}" if options.list else "neither"
        raise RequestError(f"reproduce: expected a paper or --list, got {got}")
    if options.list and options.kept:
        raise RequestError("--train: expected a paper beside it, got --list")
    idle = {"data": options.data, "device": options.device != AUTO, "workers": options.workers > 1}
    if not options.kept and any(idle.values()):
        raise RequestError(
            f"--{next(filter(idle.get, idle))}: expected --train beside it; without, nothing is computed"
        )
    if not options.kept:
        check_there(options.results)
    if options.list:
        with uncollected():
            print(render(listed(options.results), options.format), end="")
        return 0
    paper = find_paper(options.paper)
    aside = redirect_stdout(sys.stderr) if options.format != "text" else nullcontext()  # of a report in a file
    with aside:
        code = _train(paper, options) if options.kept else 0
    with uncollected():
        print(render(report(paper, options.results), options.format), end="")
    return code


def _train(paper: Paper, options: argparse.Namespace) -> int:
    """Compute the rows of a paper that have no record, command by command; return 1 where a cell failed."""
    commands = {str(one): one for part in parts_of(paper, options.results) for one in part.commands if one}
    where = {"results": options.results, "data": options.data, "device": options.device, "workers": options.workers}
    codes = []
    for command in commands.values():
        suite = SuiteRequest(command.suite, only=command.only)
        request = RunRequest(suite, **where, ray=None, gpus=None, weights=None, dry_run=False)
        codes.append(run(request))
        print(flush=True)
    return max(codes, default=0)
