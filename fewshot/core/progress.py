"""Progress bars, redrawn often on a terminal and rarely in a log, or reports to a caller's function."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any

from fewshot.core.errors import RequestError

if TYPE_CHECKING:
    from tqdm import tqdm

FORMAT = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
DAY = 86400  # seconds
BESIDE = 34  # columns for the rest of the line, ten of them for the bar
Report = Callable[[str, int, int], None]  # of the present work, the amount done, and the total


def open_bar(total: int | None, unit: str, **options: Any) -> "tqdm":
    """A tqdm bar over `total` units, with further options of tqdm; a context manager with `update`."""
    if "ipykernel" in sys.modules:
        from tqdm.auto import tqdm
    else:
        from tqdm import tqdm

    return tqdm(total=total, unit=unit, mininterval=0.5 if sys.stderr.isatty() else 20, **options)


def duration(seconds: float) -> str:
    """A time in words: "40 seconds", "12 minutes", "2.5 hours"."""
    seconds = max(1.0, seconds)
    if seconds < 90:
        return f"{round(seconds)} second{'s' if round(seconds) > 1 else ''}"
    if seconds < 5400:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours" if seconds < 2 * DAY else f"{seconds / DAY:.1f} days"


@contextmanager
def followed(
    progress: bool | Report, total: int, unit: str, *, in_logs: bool = False
) -> Iterator[Callable[[str, int], None]]:
    """A function to call with the present work and the amount done.

    It calls `progress` with these and `total`, or moves a bar in a terminal or notebook and, with `in_logs`, in any
    stderr. False shows nothing.
    """
    seen = sys.stderr.isatty() or "ipykernel" in sys.modules
    if callable(progress):
        yield lambda work, done: progress(work, done, total)
    elif progress and (seen or in_logs):
        with open_bar(total, unit, dynamic_ncols=True, bar_format=FORMAT) as bar:

            def move(work: str, done: int) -> None:
                bar.update(max(0, done - bar.n))
                bar.set_description_str(_fitting(work), refresh=seen)

            yield move
    else:
        yield lambda work, done: None


def _fitting(text: str) -> str:
    """The text, cut on a terminal to the room beside the bar and the times."""
    room = max(24, get_terminal_size().columns - BESIDE) if sys.stderr.isatty() else len(text)
    return text if len(text) <= room else f"{text[: room - 1]}…"


def check_progress(progress: object) -> None:
    """Raise `RequestError` for a value that is neither True, False nor a function of three values."""
    if not isinstance(progress, bool) and not (callable(progress) and _takes_three(progress)):
        raise RequestError(f"progress: expected True, False or a function (work, done, total), got {progress!r}")


def _takes_three(function: Callable) -> bool:
    try:
        signature(function).bind("", 0, 1)
        return True
    except TypeError:
        return False
    except ValueError:  # of a built-in function, which does not say
        return not isinstance(function, type)
