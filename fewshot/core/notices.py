"""`note`: a warning to the user that is no error, and its one line on the command line."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


class Notice(UserWarning):
    """A warning about files or settings, in words for the user."""


def note(message: str) -> None:
    """Warn with a `Notice` as of the caller's caller."""
    warnings.warn(message, Notice, stacklevel=3)


@contextmanager
def plain_notices() -> Iterator[None]:
    """A block in which a `Notice` is printed as one line, above a progress bar, once, and other warnings as before."""
    before, shown = warnings.showwarning, set()

    def show(message: Warning | str, category: type[Warning], *place: object, **more: object) -> None:
        if not issubclass(category, Notice):
            before(message, category, *place, **more)
            return
        if (text := str(message)) in shown:
            return
        shown.add(text)
        if bars := sys.modules.get("tqdm"):
            bars.tqdm.write(f"fewshot: {text}", file=sys.stderr)
        else:
            print(f"fewshot: {text}", file=sys.stderr)

    warnings.showwarning = show
    try:
        yield
    finally:
        warnings.showwarning = before
