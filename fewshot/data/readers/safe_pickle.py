"""An unpickler for files from anywhere: arrays of numbers and plain containers, nothing that runs code."""

import collections
import pickle
from io import BufferedIOBase
from pathlib import Path

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.data.readers.archive import what_is
from fewshot.data.readers.image_file import UNREADABLE

BROKEN = (*UNREADABLE, pickle.UnpicklingError, AttributeError, ImportError, MemoryError, AssertionError)


def _latin1(text: str, encoding: str = "") -> bytes:
    """How Python 2's protocol writes bytes."""
    if encoding not in ("latin1", "latin-1"):
        raise pickle.UnpicklingError(f"text in the encoding {encoding!r}")
    return text.encode("latin-1")


_array = np.zeros(1)
ADMITTED = {
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
    ("numpy.core.multiarray", "_reconstruct"): _array.__reduce_ex__(2)[0],
    ("numpy.core.multiarray", "scalar"): _array[0].__reduce__()[0],
    ("numpy.core.numeric", "_frombuffer"): _array.__reduce_ex__(5)[0],
    ("_codecs", "encode"): _latin1,
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("collections", "defaultdict"): collections.defaultdict,
    **{("builtins", one.__name__): one for one in (list, dict, tuple, set, frozenset, bytes, bytearray, range)},
}


class _Plain(pickle.Unpickler):
    """Knows what is `ADMITTED` by name, whatever Python and NumPy wrote it, and no other name."""

    def find_class(self, module: str, name: str) -> object:
        written = {"__builtin__": "builtins"}.get(module, module.replace("numpy._core", "numpy.core"))
        if (found := ADMITTED.get((written, {"xrange": "range"}.get(name, name)))) is None:
            raise _Refused(f"{module}.{name}")
        return found


class _Refused(Exception):
    """What a pickle asked for that it does not get."""


def read_pickle(file: BufferedIOBase, where: str) -> object:
    """What is in a pickle of arrays and plain containers, whichever Python wrote it; `where` is its name in messages.

    Raises `RequestError` for one that asks for anything else, of which nothing is run, and for what is no whole pickle.
    """
    try:
        return _Plain(file, encoding="latin1").load()
    except _Refused as error:
        raise RequestError(
            f"{where}: expected a pickle of arrays and plain containers, got one that asks for {error}; "
            "it was not loaded, as it may run code"
        ) from error
    except BROKEN as error:
        raise RequestError(f"{where}: expected a whole pickle, got: {_said(file, error)}") from error


def _said(file: BufferedIOBase, error: Exception) -> str:
    named = Path(getattr(file, "name", ""))
    start = what_is(named) if named.is_file() else ""
    if "HTML" in start or "LFS" in start or "empty" in start:
        return start
    return f"{type(error).__name__}: {error}"
