"""The meaning of the names in pickles of arrays: each makes a plain value here, and none is imported."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

SMALL = 2**31  # integers below it are distinct as keys of a dict, and bound a range
NUMBERS = re.compile(r"b1|[iu][1248]|f[248]")  # types of plain numbers
BROKEN = (LookupError, TypeError, AttributeError, ArithmeticError, MemoryError)
Bytes = Callable[[object], bytes]


class Refused(Exception):
    """Something in a pickle that arrays and plain containers do not need."""


def shown(value: object) -> str:
    """The start of a text without line ends, or the type of another value."""
    return ascii(value[:60])[1:-1] if isinstance(value, str) else type(value).__name__


class Name(NamedTuple):
    """A module and a name in it, as Python 3 and NumPy 1 write them."""

    module: str
    name: str

    @classmethod
    def of(cls, module: str, name: str) -> "Name":
        """The name as any Python and NumPy write it. Raises `Refused` for one without a meaning here."""
        written = {"__builtin__": "builtins"}.get(module, module.replace("numpy._core", "numpy.core"))
        found = cls(written, {"xrange": "range"}.get(name, name))
        if found not in NAMES:
            raise Refused(shown(f"{module}.{name}"))
        return found


@dataclass
class Built:
    """A value whose state follows: a type of numbers, or an array."""

    value: object

    def build(self, as_bytes: Bytes, state: tuple) -> None:
        """Set the byte order of a type of numbers, or the content of an array."""
        if isinstance(self.value, np.dtype):
            if any(one is not None for one in state[2:5]):
                raise Refused("an array with fields")
            self.value = self.value.newbyteorder(_word(as_bytes(state[1])))
        else:
            shape, dtype, fortran, content = state[-4:]
            self.value = _filled(as_bytes(content), dtype, shape, "F" if fortran else "C")


def bytes_of(value: object) -> bytes:
    """Bytes, or text of Python 2 as bytes. Raises `Refused` for anything else."""
    if isinstance(value, str):
        return value.encode("latin-1")
    if not isinstance(value, bytes):
        raise Refused(f"{type(value).__name__} in place of bytes")
    return value


def add_pairs(target: dict, pairs: Iterable) -> None:
    """Add pairs of a key and a value to a dict. Raises `Refused` for keys that may be slow to find."""
    for key, value in pairs:
        if type(key) not in (str, bytes) and not (type(key) is int and abs(key) < SMALL):
            raise Refused(f"a key of the type {type(key).__name__}, or a large number as a key")
        target[key] = value


def _word(content: bytes) -> str:
    return content.decode("ascii")


def _filled(content: bytes, dtype: object, shape: object, order: str) -> np.ndarray:
    """The array of exactly these bytes."""
    if not isinstance(dtype, np.dtype) or not isinstance(shape, tuple):
        raise Refused("an array without a type of numbers or a shape")
    if len(shape) > 8 or any(type(length) is not int or not 0 <= length < SMALL for length in shape):
        raise Refused("an array with a strange shape")
    if math.prod(shape) * dtype.itemsize != len(content):
        raise ValueError(f"{len(content):,} bytes for an array {dtype} {list(shape)}")
    return np.frombuffer(content, dtype).reshape(shape, order=order) if content else np.zeros(shape, dtype)


def _dtype(as_bytes: Bytes, code: object, *_: object) -> Built:
    if not NUMBERS.fullmatch(word := _word(as_bytes(code))):
        raise Refused(f"an array of the type {shown(word)}")
    return Built(np.dtype(word))


def _empty_array(as_bytes: Bytes, kind: object, *_: object) -> Built:
    return Built(None)


def _scalar(as_bytes: Bytes, dtype: object, content: object) -> object:
    return _filled(as_bytes(content), dtype, (), "C").item()


def _from_buffer(as_bytes: Bytes, content: object, dtype: object, shape: object, order: object) -> np.ndarray:
    return _filled(as_bytes(content), dtype, shape, "F" if order == "F" else "C")


def _encoded(as_bytes: Bytes, text: object, encoding: object) -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise Refused(f"text in the encoding {shown(encoding)}")
    return as_bytes(text)


def _range(as_bytes: Bytes, *limits: object) -> range:
    if any(type(limit) is not int or abs(limit) >= SMALL for limit in limits):
        raise Refused("a range of anything but small integers")
    return range(*limits)


def _dict(as_bytes: Bytes, pairs: object = ()) -> dict:
    if type(pairs) not in (list, tuple):
        raise Refused("a dict of anything but pairs")
    add_pairs(found := {}, pairs)
    return found


def _bytes(as_bytes: Bytes, content: object = b"", encoding: object = "latin-1") -> bytes:
    return _encoded(as_bytes, content, encoding)


NAMES: dict[Name, Callable[..., object]] = {
    Name("numpy", "dtype"): _dtype,
    Name("numpy", "ndarray"): _bytes,  # never called: the first argument of _reconstruct
    Name("numpy.core.multiarray", "_reconstruct"): _empty_array,
    Name("numpy.core.multiarray", "scalar"): _scalar,
    Name("numpy.core.numeric", "_frombuffer"): _from_buffer,
    Name("_codecs", "encode"): _encoded,
    Name("builtins", "bytes"): _bytes,
    Name("builtins", "bytearray"): _bytes,
    Name("builtins", "range"): _range,
    Name("builtins", "list"): lambda as_bytes: [],
    Name("builtins", "dict"): _dict,
    Name("collections", "OrderedDict"): _dict,
    Name("collections", "defaultdict"): lambda as_bytes, kind: {},
}
