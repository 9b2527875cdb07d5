"""Parts that a caller hands over as objects, in the registry for the length of a call."""

import hashlib
import inspect
import marshal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import RLock
from types import CodeType, FunctionType, ModuleType

from fewshot.core.errors import RequestError
from fewshot.core.marks import Marks
from fewshot.registry.lookup import _plugins
from fewshot.registry.source import REQUIRED, PartInfo, _is_plain

OBJECT = " (object)"  # suffix of their names: no file's part has it
_alone = RLock()  # held while an object is registered: others may have its name


@contextmanager
def registered(kind: str, name: str, part: Callable, marks: Marks, sha256: str) -> Iterator[str]:
    """Register a part under its name with the suffix `OBJECT` in this block, and yield that name.

    Blocks of other threads wait for the end of this one.
    """
    options = {
        key: REQUIRED if one.default is one.empty else one.default
        for key, one in inspect.signature(part).parameters.items()
        if one.kind is one.KEYWORD_ONLY
    }
    for key, value in options.items():
        if not (value is REQUIRED or _is_plain(value)):
            raise RequestError(f"option {key} of {name}: expected a plain value as default, got {value!r}")
    code = getattr(inspect.unwrap(part), "__code__", None)
    file = Path(code.co_filename if code else getattr(sys.modules.get(part.__module__), "__file__", None) or name)
    named, module = name + OBJECT, f"fewshot_object_{kind}_{name}"
    more = {"sha256": sha256, "module": module, "made_from": "an object"}
    entry = PartInfo(named, kind, file, inspect.getdoc(part) or "", marks, options, **more)
    with _alone:
        sys.modules[module] = ModuleType(module)
        setattr(sys.modules[module], named, part)
        _plugins[kind, named] = entry
        try:
            yield named
        finally:
            del sys.modules[module], _plugins[kind, named]


def source_digest(part: Callable) -> str:
    """SHA-256 of the source of a function or a class, or of its code where Python keeps no source, and of the plain
    values around it that its code uses: two functions that one function has made differ in these. Of an object it is
    that of its class and of the object's own plain values and tensors, of a module also those of its submodules."""
    if not (isinstance(part, type) or inspect.isroutine(part) or hasattr(part, "func")):
        inside = part.named_modules() if hasattr(part, "named_modules") else [("", part)]  # of torch, with submodules
        own = {
            f"{path}.{name}": _value(value) for path, one in inside
            for name, value in {**_attributes(one), "of": type(one).__qualname__}.items()
        }  # fmt: skip
        known = {name: value for name, value in sorted(own.items()) if value is not None}
        return hashlib.sha256(f"{source_digest(type(part))} {known}".encode()).hexdigest()
    if inspect.ismethod(part):
        return hashlib.sha256(f"{source_digest(part.__func__)} {source_digest(part.__self__)}".encode()).hexdigest()
    functions = vars(part).values() if isinstance(part, type) else [getattr(part, "func", part)]
    try:
        content = inspect.getsource(part).encode()
    except (OSError, TypeError):
        codes = [marshal.dumps(one.__code__) for one in functions if hasattr(one, "__code__")]
        content = b"".join(codes) + repr(part).encode() * (not codes)
    if getattr(part, "__name__", "") == "<lambda>":  # one line may hold several
        content += repr(_plain_code(part.__code__)).encode()
    around = [value for one in functions if inspect.isfunction(one) for value in _around(one)]
    around += [one for one in getattr(part, "args", ()) if _is_plain(one)]  # of a `functools.partial`
    return hashlib.sha256(content + repr(around).encode() * bool(around)).hexdigest()


def _plain_code(code: CodeType) -> tuple:
    """What code does, without where it stands."""
    consts = [_plain_code(one) if isinstance(one, CodeType) else repr(one) for one in code.co_consts]
    return code.co_code, code.co_names, code.co_varnames, consts


def _attributes(given: object) -> dict[str, object]:
    """The values that an object holds, those of a module of torch without what every module has."""
    found = dict(getattr(given, "__dict__", {}))
    base = next((one for one in type(given).__mro__ if one.__module__ == "torch.nn.modules.module"), None)
    bare = vars(base()) if base else {}
    return {name: value for name, value in found.items() if name not in bare} | found.get("_buffers", {})


def _value(value: object) -> object:
    """A plain value, or the content of a tensor or an array; None of any other."""
    with suppress(Exception):
        if hasattr(value, "tolist"):
            return value.tolist()
        return value if _is_plain(value) else None
    return None


def _around(function: FunctionType) -> Iterator[tuple[str, object]]:
    """The names and plain values that a function takes from around it: from its closure and from its module."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError, OverflowError, RecursionError):  # an empty cell, or no plain value
            if _is_plain(cell.cell_contents):
                yield name, cell.cell_contents
    for name in function.__code__.co_names:
        with suppress(KeyError, OverflowError, RecursionError):
            if _is_plain(value := function.__globals__[name]):
                yield name, value
