"""Names and the parts they stand for, read from the source without importing it.

A part is the function or class that has its file's name, marked by the decorator of its kind; its keyword-only
parameters are its options. So listing, checking a suite and rebuilding a table need no torch.
"""

import ast
import hashlib
import importlib
import importlib.util
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from fewshot.errors import RequestError, at, unknown
from fewshot.spec import Part

KINDS = {
    "dataset": "datasets",
    "protocol": "protocols",
    "backbone": "backbones",
    "similarity": "similarities",
    "loss": "losses",
    "learner": "learners",
}
REQUIRED = object()


@dataclass(frozen=True)
class Entry:
    """What a part's source says: first docstring line, decorator (`marks` are its keywords), options with defaults."""

    name: str
    kind: str
    file: Path
    summary: str
    marks: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)
    sha256: str = ""  # of a plug-in's file; empty for the package's own parts


_plugins: dict[tuple[str, str], Entry] = {}


def entries(kind: str) -> dict[str, Entry]:
    """All parts of one kind ("losses", …) by name, plug-ins included."""
    if kind not in KINDS.values():
        raise unknown("kind of part", kind, KINDS.values())
    folder = Path(__file__).parent / kind
    found = {file.stem: _own(file) for file in sorted(folder.glob("[!_]*.py"))}
    return found | {name: entry for (where, name), entry in _plugins.items() if where == kind}


def find(kind: str, name: str) -> Entry:
    """One part; raises `RequestError` with the nearest names when there is none."""
    if name not in (known := entries(kind)):
        raise unknown(next(one for one, many in KINDS.items() if many == kind), name, known)
    return known[name]


def load(kind: str, name: str) -> Callable:
    """The part itself, its file imported."""
    entry = find(kind, name)
    if not entry.sha256:
        return getattr(importlib.import_module(f"fewshot.{kind}.{name}"), name)
    return getattr(sys.modules[_plugin_module(entry)], name)


def make_part(kind: str, name: str, options: dict | None = None) -> Part:
    """A part as a spec holds it: all its options, given ones over defaults, and its revision.

    Raises `RequestError` for an option that its signature has not, or of another type than the default.
    """
    entry, given = find(kind, name), options or {}
    for key, value in given.items():
        with at(key):
            if key not in entry.options:
                raise unknown(f"option of {name}", key, entry.options)
            default = entry.options[key]
            if default is not REQUIRED and not _fits(value, default):
                kind_of = "list" if isinstance(default, tuple) else type(default).__name__
                raise RequestError(f"option {key} of {name}: expected {kind_of} like {default!r}, got {value!r}")
    chosen = entry.options | given
    if missing := [key for key, value in chosen.items() if value is REQUIRED]:
        raise RequestError(f"{name} needs the option {missing[0]}, which was not given")
    values = {key: float(chosen[key]) if isinstance(default, float) else plain(chosen[key])
              for key, default in entry.options.items()}  # fmt: skip
    return Part(name, values, entry.marks.get("revision", 1), entry.sha256)


def plain(value: object) -> object:
    """An option's value as JSON gives it back: a tuple becomes a list."""
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def add_plugin(file: Path) -> Entry:
    """Make the part in a user's file known and import it."""
    if file.suffix != ".py":
        raise RequestError(f"plug-in {file}: expected a Python file, its name ending in .py")
    try:
        entry = _read(file, plugin=True)
    except OSError as error:
        raise RequestError(f"plug-in {file}: expected a Python file, got: {error.strerror}") from error
    except SyntaxError as error:
        raise RequestError(f"plug-in {file}, line {error.lineno}: {error.msg}") from error
    known = entries(entry.kind).get(entry.name)
    if known and not known.file.samefile(file):
        owner = "plug-in" if known.sha256 else "package's"
        raise RequestError(f"plug-in {file}: the name {entry.name!r} is taken by the {owner} {known.file}")
    spec = importlib.util.spec_from_file_location(_plugin_module(entry), file)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)  # dataclasses look for it there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        raise RequestError(f"plug-in {file} cannot be imported: {type(error).__name__}: {error}") from error
    _plugins[entry.kind, entry.name] = entry
    return entry


def _plugin_module(entry: Entry) -> str:
    return f"fewshot_plugin_{entry.kind}_{entry.name}_{entry.sha256[:12]}"


@lru_cache
def _own(file: Path) -> Entry:
    return _read(file)


def _read(file: Path, plugin: bool = False) -> Entry:
    source = file.read_bytes()
    tree = ast.parse(source)
    node = next((node for node in tree.body if getattr(node, "name", None) == file.stem), None)
    marks = [mark for mark in getattr(node, "decorator_list", []) if _called(mark) in KINDS]
    if not marks:
        raise RequestError(f"{file}: expected a part called {file.stem!r} under a decorator such as @loss")
    keywords = _plain_values({item.arg: item.value for item in getattr(marks[0], "keywords", [])}, file)
    summary = (ast.get_docstring(tree) or ast.get_docstring(node) or "").split("\n", 1)[0].rstrip(".")
    sha256 = hashlib.sha256(source).hexdigest() if plugin else ""
    return Entry(file.stem, KINDS[_called(marks[0])], file, summary, keywords, _options(node, file), sha256)


def _called(decorator: ast.expr) -> str:
    return getattr(getattr(decorator, "func", decorator), "id", "")


def _options(node: ast.AST, file: Path) -> dict:
    if isinstance(node, ast.ClassDef):
        node = next((item for item in node.body if getattr(item, "name", None) == "__init__"), None)
    if node is None:
        return {}
    names = [item.arg for item in node.args.kwonlyargs]
    return _plain_values(dict(zip(names, node.args.kw_defaults, strict=True)), file)


def _plain_values(values: dict[str, ast.expr | None], file: Path) -> dict:
    try:
        return {key: REQUIRED if value is None else ast.literal_eval(value) for key, value in values.items()}
    except ValueError as error:
        raise RequestError(f"{file}: options' defaults and the decorator's arguments must be plain values") from error


def _fits(value: object, default: object) -> bool:
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, float):
        return isinstance(value, int | float)
    if isinstance(default, tuple | list):
        return isinstance(value, tuple | list) and len(value) > 0 and all(_fits(item, default[0]) for item in value)
    return isinstance(value, type(default))
