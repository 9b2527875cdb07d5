"""A parser of the few opcodes in pickles of arrays and plain containers: nothing in the file is called.

Time and memory are linear in the file's size: values are shared and never copied, walked or compared; keys are text,
bytes and small integers; an array takes the very bytes in the file, and these have to fill its shape exactly.
"""

import codecs
import pickletools
import struct
from collections.abc import Callable
from io import BufferedIOBase
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.readers.archive import what_is
from fewshot.data.readers.image_file import UNREADABLE
from fewshot.data.readers.pickled_names import BROKEN, NAMES, SMALL, Built, Name, Refused, add_pairs, bytes_of, shown

BYTES = 2**31  # at most, in one file: a few bytes of a zip file may unpack to more than the memory
OPCODES = 2**21  # at most, in one file: miniImageNet's have a few for each image


def read_pickle(file: BufferedIOBase, where: str) -> object:
    """The content of a pickle of arrays and plain containers, of any Python; `where` is its name in messages.

    Arrays are read-only. Raises `RequestError` for a pickle with anything else, and for a broken pickle.
    """
    try:
        return _Parser(file).value()
    except Refused as error:
        raise RequestError(
            f"{where}: expected a pickle of arrays and plain containers, got one that uses {error}; it was not loaded"
        ) from error
    except (*UNREADABLE, *BROKEN) as error:
        raise RequestError(f"{where}: expected a whole pickle, got: {_said(file, error)}") from error


def _said(file: BufferedIOBase, error: Exception) -> str:
    named = Path(getattr(file, "name", ""))
    start = what_is(named) if named.is_file() else ""
    if "HTML" in start or "LFS" in start or "empty" in start:
        return start
    return f"{type(error).__name__}: {shown(str(error))}"


class _Parser:
    """The stack, the marks in it and the memo of one pickle."""

    def __init__(self, file: BufferedIOBase) -> None:
        self.file, self.stack, self.marks, self.memo = file, [], [], {}
        self.left = 0  # bytes that may still be made of text: each byte read pays for one
        self.room = BYTES  # that may still be read

    def value(self) -> object:
        """The value that the pickle holds."""
        for _ in range(OPCODES):
            code = self.take(1)
            if code == b".":
                return _settled(self.stack.pop())
            if (action := ACTIONS.get(code)) is None:
                raise _strange(code)
            action(self)
        raise Refused(f"more than {OPCODES:,} opcodes")

    def take(self, count: int) -> bytes:
        """The next bytes of the file."""
        if count > self.room:
            raise Refused(f"more than {BYTES:,} bytes")
        found = self.file.read(count)
        if len(found) != count:
            raise EOFError(f"the file ends within {count:,} bytes")
        return self.counting(found)

    def number(self, form: str) -> int:
        """The next bytes as a number, in the notation of `struct`."""
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def counted(self, form: str) -> bytes:
        """The bytes that follow their number."""
        return self.take(self.number(form))

    def line(self) -> bytes:
        """The bytes to the end of the line, without it."""
        found = self.file.readline(self.room)
        if not found.endswith(b"\n"):
            raise EOFError("the file ends within a line")
        return self.counting(found)[:-1]

    def counting(self, found: bytes) -> bytes:
        """The bytes that were read, counted."""
        self.left += len(found)
        self.room -= len(found)
        return found

    def push(self, value: object) -> None:
        self.stack.append(value)

    def pop(self) -> object:
        return _settled(self.stack.pop())

    def after_mark(self) -> list:
        """The values that were pushed since the last mark."""
        mark = self.marks.pop()
        found, self.stack[mark:] = [_settled(one) for one in self.stack[mark:]], []
        return found

    def bytes_of(self, value: object) -> bytes:
        """Bytes, or text of Python 2 as bytes."""
        if isinstance(value, str):
            self.left -= len(value)
            if self.left < 0:
                raise Refused("the same text as bytes again and again")
        return bytes_of(value)

    def mark(self) -> None:
        self.marks.append(len(self.stack))

    def keep(self, key: int) -> None:
        if not 0 <= key < SMALL:
            raise Refused("a strange number in its memo")
        self.memo[key] = self.stack[-1]

    def extend(self, values: list) -> None:
        self.top(list).extend(values)

    def update(self, values: list) -> None:
        add_pairs(self.top(dict), zip(values[::2], values[1::2], strict=True))

    def top(self, kind: type) -> list | dict:
        """The container on top of the stack."""
        if type(self.stack[-1]) is not kind:
            raise Refused(f"{type(self.stack[-1]).__name__} in place of a {kind.__name__}")
        return self.stack[-1]

    def name(self, module: object, name: object) -> None:
        if type(module) is not str or type(name) is not str:
            raise Refused("a name that is not text")
        self.push(Name.of(module, name))

    def call(self) -> None:
        """Push the value that a name and its arguments stand for."""
        arguments, name = self.pop(), self.pop()
        if type(name) is not Name or type(arguments) is not tuple:
            raise Refused("a call of anything but a name")
        self.push(NAMES[name](self.bytes_of, *arguments))

    def build(self) -> None:
        """Give an array or a type of numbers its state."""
        state = self.pop()
        if type(self.stack[-1]) is not Built or type(state) is not tuple:
            raise Refused(f"a state of {type(_settled(self.stack[-1])).__name__}")
        self.stack[-1].build(self.bytes_of, state)


def _strange(code: bytes) -> Exception:
    known = pickletools.code2op.get(code.decode("latin-1"))
    return Refused(f"the opcode {known.name}") if known else ValueError(f"the byte {code!r} in place of an opcode")


def _settled(value: object) -> object:
    return value.value if type(value) is Built else value


def _text(kind: str) -> Callable[[_Parser], None]:
    """Text in UTF-8 that follows the number of its bytes."""
    return lambda at: at.push(str(at.counted(kind), "utf-8", "surrogatepass"))


def _bytes(kind: str) -> Callable[[_Parser], None]:
    return lambda at: at.push(at.counted(kind))


def _latin1(kind: str) -> Callable[[_Parser], None]:
    """A string of Python 2, which may be text or bytes."""
    return lambda at: at.push(str(at.counted(kind), "latin-1"))


def _number(kind: str) -> Callable[[_Parser], None]:
    return lambda at: at.push(at.number(kind))


def _keep(kind: str) -> Callable[[_Parser], None]:
    return lambda at: at.keep(at.number(kind))


def _get(kind: str) -> Callable[[_Parser], None]:
    return lambda at: at.push(at.memo[at.number(kind)])


def _last(count: int) -> Callable[[_Parser], None]:
    return lambda at: at.push(tuple(reversed([at.pop() for _ in range(count)])))


def _quoted(at: _Parser) -> None:
    line = at.line().strip()
    if len(line) < 2 or line[:1] not in (b"'", b'"') or line[-1:] != line[:1]:
        raise ValueError("a string without quotes")
    at.push(codecs.escape_decode(line[1:-1])[0].decode("latin-1"))


def _integer(at: _Parser) -> None:
    line = at.line()
    at.push(line == b"01" if line in (b"00", b"01") else int(line.rstrip(b"L")))


def _pairs(at: _Parser) -> None:
    values = at.after_mark()
    at.push({})
    at.update(values)


def _global(at: _Parser) -> None:
    at.name(at.line().decode(), at.line().decode())


def _stacked_global(at: _Parser) -> None:
    name, module = at.pop(), at.pop()
    at.name(module, name)


ACTIONS: dict[bytes, Callable[[_Parser], object]] = {
    b"\x80": lambda at: at.take(1),  # the protocol
    b"\x95": lambda at: at.take(8),  # a frame
    b"(": _Parser.mark,
    b"0": _Parser.pop,
    b"1": _Parser.after_mark,
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
    b"R": _Parser.call,
    b"b": _Parser.build,
}
