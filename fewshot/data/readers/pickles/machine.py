"""`Machine`: the stack, the marks and the memo of a pickle that is read, and what its opcodes may do to them."""

import struct
from io import BufferedIOBase

from fewshot.data.readers.pickles.names import NAMES, SMALL, Built, Name, Refused, add_pairs, bytes_of

BYTES = 2**31  # at most, in one file: a few bytes of a zip file may unpack to more than the memory


class Machine:
    """The stack, the marks in it and the memo of one pickle."""

    def __init__(self, file: BufferedIOBase) -> None:
        self.file, self.stack, self.marks, self.memo = file, [], [], {}
        self.left = 0  # bytes that may still be made of text: each byte read pays for one
        self.room = BYTES  # that may still be read

    def take(self, count: int) -> bytes:
        """The next bytes of the file."""
        if not 0 <= count <= self.room:  # of fewer than none a file would be read to its end
            raise Refused(f"more than {BYTES:,} bytes, or a negative number of them")
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
        return settled(self.stack.pop())

    def after_mark(self) -> list:
        """The values that were pushed since the last mark."""
        mark = self.marks.pop()
        found, self.stack[mark:] = [settled(one) for one in self.stack[mark:]], []
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
            raise Refused(f"a state of {type(settled(self.stack[-1])).__name__}")
        self.stack[-1].build(self.bytes_of, state)


def settled(value: object) -> object:
    """A value of the stack as it is given out."""
    return value.value if type(value) is Built else value
