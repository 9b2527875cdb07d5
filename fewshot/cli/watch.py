"""`fewshot watch`: what runs in a results folder, where it is and when it ends; from another terminal.

fewshot watch
fewshot watch mine --once
"""

import argparse
import sys
import time
from pathlib import Path
from shutil import get_terminal_size

from fewshot.execution.underway.outlook import lines_of, look
from fewshot.records.store import RESULTS, check_there

EVERY, IN_LOGS = 2.0, 20.0  # seconds between two looks, on a terminal and elsewhere
HOME, REST, END = "\033[H", "\033[J", "\033[K"  # to the first line; clear all below, and the rest of a line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot watch`."""
    text = f"the folder that runs write to ({RESULTS})"
    parser.add_argument("results", type=Path, nargs="?", default=RESULTS, metavar="RESULTS", help=text)
    parser.add_argument("--once", action="store_true", help="print it once (again and again, until nothing runs)")


def do(options: argparse.Namespace) -> int:
    """Show the folder of the parsed options, and return the exit code."""
    check_there(options.results)
    screen = sys.stdout.isatty() and not options.once
    before: list[str] = []
    try:
        while True:
            outlook = look(options.results)
            lines = lines_of(outlook, options.results)
            if screen:
                show(lines)
            elif lines != before:
                print("\n".join(lines), flush=True)
            if options.once or not outlook.alive:
                return 0
            before = lines
            time.sleep(EVERY if screen else IN_LOGS)
    except KeyboardInterrupt:  # how it is ended
        return 0


def show(lines: list[str]) -> None:
    """Draw lines over the terminal, each cut to its width."""
    columns, rows = get_terminal_size()
    cut = [line if len(line) < columns else f"{line[: columns - 2]}…" for line in lines[: rows - 1]]
    print(HOME + "".join(f"{line}{END}\n" for line in cut) + REST, end="", flush=True)
