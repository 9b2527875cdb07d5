"""The opcodes that pickles of arrays and plain containers use, and what each does to a `Machine`."""

import codecs
import struct
from collections.abc import Callable

from fewshot.data.readers.pickles.machine import Machine


def _text(kind: str) -> Callable[[Machine], None]:
    """Text in UTF-8 that follows the number of its bytes."""
    return lambda at: at.push(str(at.counted(kind), "utf-8", "surrogatepass"))


def _bytes(kind: str) -> Callable[[Machine], None]:
    return lambda at: at.push(at.counted(kind))


def _latin1(kind: str) -> Callable[[Machine], None]:
    """A string of Python 2, which may be text or bytes."""
    return lambda at: at.push(str(at.counted(kind), "latin-1"))


def _number(kind: str) -> Callable[[Machine], None]:
    return lambda at: at.push(at.number(kind))


def _keep(kind: str) -> Callable[[Machine], None]:
    return lambda at: at.keep(at.number(kind))


def _get(kind: str) -> Callable[[Machine], None]:
    return lambda at: at.push(at.memo[at.number(kind)])


def _last(count: int) -> Callable[[Machine], None]:
    return lambda at: at.push(tuple(reversed([at.pop() for _ in range(count)])))


def _quoted(at: Machine) -> None:
    line = at.line().strip()
    if len(line) < 2 or line[:1] not in (b"'", b'"') or line[-1:] != line[:1]:
        raise ValueError("a string without quotes")
    at.push(codecs.escape_decode(line[1:-1])[0].decode("latin-1"))


def _integer(at: Machine) -> None:
    line = at.line()
    at.push(line == b"01" if line in (b"00", b"01") else int(line.rstrip(b"L")))


def _pairs(at: Machine) -> None:
    values = at.after_mark()
    at.push({})
    at.update(values)


def _global(at: Machine) -> None:
    at.name(at.line().decode(), at.line().decode())


def _stacked_global(at: Machine) -> None:
    name, module = at.pop(), at.pop()
    at.name(module, name)


ACTIONS: dict[bytes, Callable[[Machine], object]] = {
    b"\x80": lambda at: at.take(1),  # the protocol
    b"\x95": lambda at: at.take(8),  # a frame
    b"(": Machine.mark,
    b"0": Machine.pop,
    b"1": Machine.after_mark,
    b"p": lambda at: at.keep(int(at.line())),
    b"q": _keep("B"),
    b"r": _keep("I"),
    b"\x94": lambda at: at.keep(len(at.memo)),
    b"g": lambda at: at.push(at.memo[int(at.line())]),
    b"h": _get("B"),
    b"j": _get("I"),
    b"N": lambda at: at.push(None),
    b"\x88": lambda at: at.push(True),
    b"\x89": lambda at: at.push(False),
    b"I": _integer,
    b"L": _integer,
    b"J": _number("i"),
    b"K": _number("B"),
    b"M": _number("H"),
    b"\x8a": lambda at: at.push(int.from_bytes(at.counted("B"), "little", signed=True)),
    b"F": lambda at: at.push(float(at.line())),
    b"G": lambda at: at.push(struct.unpack(">d", at.take(8))[0]),
    b"S": _quoted,
    b"T": _latin1("i"),
    b"U": _latin1("B"),
    b"B": _bytes("I"),
    b"C": _bytes("B"),
    b"\x8e": _bytes("Q"),
    b"\x96": _bytes("Q"),
    b"V": lambda at: at.push(str(at.line(), "raw-unicode-escape")),
    b"X": _text("I"),
    b"\x8c": _text("B"),
    b"\x8d": _text("Q"),
    b"]": lambda at: at.push([]),
    b"l": lambda at: at.push(at.after_mark()),
    b"a": lambda at: at.extend([at.pop()]),
    b"e": lambda at: at.extend(at.after_mark()),
    b")": lambda at: at.push(()),
    b"t": lambda at: at.push(tuple(at.after_mark())),
    b"\x85": _last(1),
    b"\x86": _last(2),
    b"\x87": _last(3),
    b"}": lambda at: at.push({}),
    b"d": _pairs,
    b"s": lambda at: at.update([at.pop(), at.pop()][::-1]),
    b"u": lambda at: at.update(at.after_mark()),
    b"c": _global,
    b"\x93": _stacked_global,
    b"R": Machine.call,
    b"b": Machine.build,
}
