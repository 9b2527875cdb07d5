"""Progress bars, redrawn often on a terminal and rarely in a log, and reports to a caller's own function."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fewshot.core.errors import RequestError

if TYPE_CHECKING:
    from tqdm import tqdm

Report = Callable[[str, int, int], None]  # the work at hand, how much is done, and how much there is in all


def open_bar(total: int | None, unit: str, **options: Any) -> "tqdm":
    """A tqdm bar over `total` units, with further options of tqdm; a context manager with `update`."""
    from tqdm import tqdm

    return tqdm(total=total, unit=unit, mininterval=0.5 if sys.stderr.isatty() else 20, **options)


@contextmanager
def followed(progress: bool | Report, total: int, unit: str) -> Iterator[Callable[[str, int], None]]:
    """A function to be called with the work at hand and how much is done.

    It hands them on to `progress`, or moves a bar where one can be seen: in a terminal or a notebook. False shows none.
    """
    if callable(progress):
        yield lambda work, done: progress(work, done, total)
    elif progress and (sys.stderr.isatty() or "ipykernel" in sys.modules):
        from tqdm.auto import tqdm

        with tqdm(total=total, unit=unit, dynamic_ncols=True) as bar:

            def move(work: str, done: int) -> None:
                bar.set_description(work)
                bar.update(max(0, done - bar.n))

            yield move
    else:
        yield lambda work, done: None


def check_progress(progress: object) -> None:
    """Refuse what is neither True, False nor a function."""
    if not isinstance(progress, bool) and not callable(progress):
        raise RequestError(f"progress: expected True, False or a function (work, done, total), got {progress!r}")
