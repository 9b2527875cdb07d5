"""The code of a part: ends of the process that it asks for become ordinary errors, and its lines are found."""

import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import current_thread, main_thread
from types import FrameType
from typing import NoReturn

END = os._exit
_open: list[Callable[[int], NoReturn]] = []  # in place of it, by the blocks that are open


class Exit(Exception):
    """The code of a part by itself asked for the end of the process, or raised what no `except Exception` catches."""


@contextmanager
def no_exit(files: Iterable[Path] | None = None) -> Iterator[None]:
    """Raise `Exit` for a `SystemExit` and the like that the code in this block raises, and where it calls `os._exit`.

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
        with _no_hard_exit():
            yield
    except Exception:
        raise
    except BaseException as error:
        if pressed or (files is not None and not calls_in(error, files)):
            raise
        raise Exit(f"{reason(error)}, which ends the process").with_traceback(error.__traceback__) from error
    finally:
        if watched:
            signal.signal(signal.SIGINT, before)


@contextmanager
def _no_hard_exit() -> Iterator[None]:
    """Have `os._exit` raise `SystemExit` in this block; forked processes still end by it.

    Blocks of several threads may end in any order.
    """
    here = os.getpid()

    def refuse(status: int) -> NoReturn:
        if os.getpid() != here:
            END(status)
        raise SystemExit(f"os._exit({status})")

    _open.append(refuse)
    os._exit = refuse
    try:
        yield
    finally:
        _open.remove(refuse)
        os._exit = _open[-1] if _open else END


def reason(error: BaseException) -> str:
    """The type and the message of an error, on one line."""
    text = str(error) if isinstance(error, Exit) else f"{type(error).__name__}: {error}"
    return " ".join(text.split()).removesuffix(":")


def calls_in(error: BaseException, files: Iterable[Path]) -> list[traceback.FrameSummary]:
    """The calls, outermost first, whose code is in one of the files."""
    wanted = {file.resolve() for file in files}
    return [call for call in traceback.extract_tb(error.__traceback__) if Path(call.filename).resolve() in wanted]
