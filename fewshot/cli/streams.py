"""Standard output and error that take any text, whatever their encoding, and that may be closed."""

import codecs
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import TextIOBase

PLAIN = {"±": "+-", "−": "-", "–": "-", "─": "-", "…": "...", "×": "x", "→": "->", "≤": "<=", "≥": ">=", "‡": "^"}


class Unfailing:
    """A text stream that drops what cannot be written, as to a terminal that has gone away."""

    def __init__(self, stream: TextIOBase) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> object:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write a text where that works; returns its length."""
        with suppress(OSError):
            self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush the stream where that works."""
        with suppress(OSError):
            self.stream.flush()


def prepare_streams() -> None:
    """Have the streams print near characters for those that their encoding lacks, and discard text if closed.

    Messages and bars that standard error cannot take stop no run; for standard output that is an error.
    """
    codecs.register_error("fewshot", _near)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - open until the end
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="fewshot")
    if not isinstance(sys.stderr, Unfailing):
        sys.stderr = Unfailing(sys.stderr)


@contextmanager
def flushed() -> Iterator[None]:
    """Flush standard output at the end of the block. Raises `OSError` where that fails, and only once."""
    try:
        yield
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # so that the flush at exit works
            raise


def _near(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(sign: str) -> str:
    letter = unicodedata.normalize("NFKD", sign)[0]
    return PLAIN.get(sign) or (letter if letter.isascii() else "?")
