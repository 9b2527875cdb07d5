"""The code of a part: exits that it asks for become ordinary errors, and its lines in a traceback are found."""

import signal
import traceback
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType


class Exit(Exception):
    """A `SystemExit` or `KeyboardInterrupt` that the code of a part raised by itself."""


@contextmanager
def no_exit(files: Sequence[Path] | None = None) -> Iterator[None]:
    """Raise `Exit` for a `SystemExit` or `KeyboardInterrupt` that the code in this block raises by itself.

    With `files`, only for those that are raised below code of these files. Ctrl-C stays a `KeyboardInterrupt`.
    """
    pressed, before = False, signal.getsignal(signal.SIGINT)

    def press(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        before(number, frame)

    watched = callable(before) and current_thread() is main_thread()
    if watched:
        signal.signal(signal.SIGINT, press)
    try:
        yield
    except (SystemExit, KeyboardInterrupt) as error:
        if pressed or (files is not None and not calls_in(error, files)):
            raise
        raise Exit(f"{type(error).__name__}: {error}").with_traceback(error.__traceback__) from error
    finally:
        if watched:
            signal.signal(signal.SIGINT, before)


def calls_in(error: BaseException, files: Iterable[Path]) -> list[traceback.FrameSummary]:
    """The calls, outermost first, whose code is in one of the files."""
    wanted = {file.resolve() for file in files}
    return [call for call in traceback.extract_tb(error.__traceback__) if Path(call.filename).resolve() in wanted]
