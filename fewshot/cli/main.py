"""The entry point of the command line: arguments to an exit code.

Exit codes: 0 done; 1 some cell failed, or a check did; 2 the request was wrong, with one message and no traceback.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path

from fewshot.cli.commands import completed, make_parser
from fewshot.cli.streams import flushed, prepare_streams
from fewshot.core.errors import RequestError
from fewshot.core.notices import plain_notices
from fewshot.core.part_code import calls_in, no_exit, reason
from fewshot.registry.lookup import plugin_files


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of these arguments, and return the exit code. Under torchrun, rank 0 runs it."""
    prepare_streams()
    if os.environ.get("WORLD_SIZE", "1") == "1":
        return _main(arguments)
    return import_module("fewshot.execution.torchrun").lead_or_follow(lambda: _main(arguments))


def _main(arguments: Sequence[str] | None) -> int:
    words = completed(sys.argv[1:] if arguments is None else arguments)
    kept = ""  # the end of the message of a command that is cut off
    try:
        with flushed(), plain_notices():
            options = make_parser(words).parse_args(words)
            kept = getattr(options, "kept", "")
            with no_exit(_plugged()):  # an exit that nothing closer to its call catches
                return options.do(options)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        return 1 if kept else 0
    except KeyboardInterrupt:
        print(f"\nfewshot: stopped{kept}", file=sys.stderr)
        return 130
    except Exception as error:
        if not (why := _refusal(error, kept)):
            raise
        print(f"fewshot: {why}", file=sys.stderr)
        return 2


def _refusal(error: Exception, kept: str) -> str:
    """The message for an error of the user, a plug-in or the file system; empty for a fault of ours."""
    if isinstance(error, RequestError):
        return str(error)
    if calls := calls_in(error, _plugged()):
        return f"plug-in {Path(calls[-1].filename).name}, line {calls[-1].lineno}: {reason(error)}"
    return f"{error}{kept}" if isinstance(error, OSError) else ""


def _plugged() -> Iterator[Path]:
    """The files of the plug-ins, as they are known when the first is taken."""
    yield from map(Path, plugin_files())
