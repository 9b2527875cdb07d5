"""A parser of the few opcodes in pickles of arrays and plain containers: nothing in the file is called.

Time and memory are linear in the file's size: values are shared and never copied, walked or compared; keys are text,
bytes and small integers; an array takes the very bytes in the file, and these have to fill its shape exactly.
"""

import pickletools
from io import BufferedIOBase
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.readers.archive import what_is
from fewshot.data.readers.image_file import UNREADABLE
from fewshot.data.readers.pickles.machine import Machine
from fewshot.data.readers.pickles.names import BROKEN, Refused, shown
from fewshot.data.readers.pickles.opcodes import ACTIONS

OPCODES = 2**21  # at most, in one file: miniImageNet's have a few for each image


def read_pickle(file: BufferedIOBase, where: str) -> object:
    """The content of a pickle of arrays and plain containers, of any Python; `where` is its name in messages.

    Arrays are read-only. Raises `RequestError` for a pickle with anything else, and for a broken pickle.
    """
    try:
        return _value(Machine(file))
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


def _value(at: Machine) -> object:
    """The value that the pickle holds."""
    for _ in range(OPCODES):
        code = at.take(1)
        if code == b".":
            return at.pop()
        if (action := ACTIONS.get(code)) is None:
            raise _strange(code)
        action(at)
    raise Refused(f"more than {OPCODES:,} opcodes")


def _strange(code: bytes) -> Exception:
    known = pickletools.code2op.get(code.decode("latin-1"))
    return Refused(f"the opcode {known.name}") if known else ValueError(f"the byte {code!r} in place of an opcode")
