"""An unpickler for untrusted files: arrays of numbers and plain containers, nothing that runs code."""

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
    """The bytes that Python 2's protocol wrote as text."""
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
    """An unpickler that resolves the names in `ADMITTED`, as any Python or NumPy wrote them, and no others."""

    def find_class(self, module: str, name: str) -> object:
        written = {"__builtin__": "builtins"}.get(module, module.replace("numpy._core", "numpy.core"))
        if (found := ADMITTED.get((written, {"xrange": "range"}.get(name, name)))) is None:
            raise _Refused(f"{module}.{name}")
        return found


class _Refused(Exception):
    """A name in a pickle that is not admitted."""


def read_pickle(file: BufferedIOBase, where: str) -> object:
    """The content of a pickle of arrays and plain containers, of any Python; `where` is its name in messages.

    Raises `RequestError` for a pickle with any other name, without running it, and for a broken pickle.
    """
    try:
        return _Plain(file, encoding="latin1").load()
    except _Refused as error:
        raise RequestError(
            f"{where}: expected a pickle of arrays and plain containers, got one that uses {error}; "
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
