"""Lookup of parts by name, read from the source without importing it.

A part is the function or class with its file's name, marked by the decorator of its kind; its keyword-only parameters
are its options. Listing, checking a suite and rebuilding a table therefore need no torch. Parts are the package's own,
those that installed packages offer, and plug-ins in files that a user names.
"""

import importlib
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from fewshot.core.errors import RequestError, unknown
from fewshot.core.part_code import calls_in, no_exit, reason
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.registry.entry_points import import_part, offered
from fewshot.registry.source import KINDS, REQUIRED, PartInfo, read_part

PACKAGES = {
    "datasets": "fewshot.data.datasets",
    "protocols": "fewshot.protocols",
    **{kind: f"fewshot.models.{kind}" for kind in ("backbones", "similarities", "losses", "learners")},
}
_plugins: dict[tuple[str, str], PartInfo] = {}


def entries(kind: str) -> dict[str, PartInfo]:
    """All parts of one kind ("losses", …) by name, including those of installed packages and plug-ins.

    Raises `RequestError` if an installed package offers a broken part, or one with a name in use.
    """
    if kind not in KINDS.values():
        raise unknown("kind of part", kind, KINDS.values())
    return _own(kind) | {name: entry for (where, name), entry in (_installed() | _plugins).items() if where == kind}


def find(kind: str, name: str) -> PartInfo:
    """A part by name, or a member of a family by its full name ("torchvision:resnet18").

    Raises `RequestError` with the nearest names for an unknown one.
    """
    family, colon, member = name.partition(":")
    entry = (known := entries(kind)).get(family)
    what = next(one for one, many in KINDS.items() if many == kind)
    if entry is None or (colon and not entry.family):
        raise unknown(what, name, [full_name(one) for one in known.values()])
    if entry.family and not member:
        raise RequestError(f"{what} {family}: expected {full_name(entry)}, got {name!r}")
    return replace(entry, name=name) if colon else entry


def full_name(entry: PartInfo) -> str:
    """The name that users write; for a family with its option, "torchvision:MODEL"."""
    return f"{entry.name}:{entry.family.upper()}" if entry.family else entry.called


def own_name(kind: str, name: str) -> str:
    """The name of a part's file: "baseline_pp" for the loss "baseline++", "lake_small1" for "lake-small1".

    Names from suites, the command line and `fewshot` are converted by this where they enter.
    """
    if kind == "protocols":
        return name.replace("-", "_")
    return next((entry.name for entry in entries(kind).values() if entry.called == name), name)


def load(kind: str, name: str) -> Callable:
    """Import a part and return it."""
    entry = find(kind, name)
    entry = replace(entry, name=entry.name.partition(":")[0])  # of a member, its family
    return import_part(entry) if entry.distribution else getattr(importlib.import_module(entry.module), entry.name)


def make_part(kind: str, name: str, options: dict | None = None) -> Part:
    """A part for a spec: its options, given ones over defaults, and its revision.

    Options marked as later are left out at their defaults. The text after the colon in a family's name is an option
    too. A part with `**options` takes any option, and checks it only when it is made.

    Raises `RequestError` for an option that is not in the signature, or of another type than the default.
    """
    entry, given = find(kind, name), options or {}
    for key, value in given.items():
        if key == entry.family:
            raise RequestError(f"option {key} of {name}: expected it after the colon alone, got {value!r}", key)
        if key not in entry.options and not entry.open:
            raise unknown(f"option of {name}", key, entry.options, key)
        default = entry.options.get(key, REQUIRED)
        if default is not REQUIRED and not _fits(value, default):
            kind_of = "list" if isinstance(default, tuple) else type(default).__name__
            like = "" if default == () else f" like {default!r}"
            raise RequestError(f"option {key} of {name}: expected {kind_of}{like}, got {value!r}", key)
    own = {entry.family: name.partition(":")[2]} if entry.family else {}
    chosen = entry.options | given | own
    if missing := [key for key, value in chosen.items() if value is REQUIRED]:
        raise RequestError(f"{name} needs the option {missing[0]}, which was not given")
    values = {key: _as(default, chosen[key]) for key, default in (chosen | entry.options).items()}
    left_out = {key for key in entry.marks.later if values[key] == plain(entry.options[key])}
    kept = {key: value for key, value in values.items() if key not in left_out}
    return Part(entry.name, kept, entry.marks.revision, entry.sha256)


def _as(default: object, value: object) -> object:
    """An option's value as one of its default's kind: 1 and 1.0 are one option, alone and in lists."""
    if isinstance(default, float):
        return float(value)
    if isinstance(default, tuple | list) and default and isinstance(default[0], float):
        return [float(item) for item in value]
    return plain(value)


def plain(value: object) -> object:
    """An option's value after a round trip through JSON: tuples become lists."""
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def add_plugin(file: Path) -> PartInfo:
    """Import the part in a user's file and register it."""
    if file.suffix != ".py":
        raise RequestError(f"plug-in {file}: expected a Python file, its name ending in .py")
    try:
        entry = read_part(file, file.stem, plugin=True)
    except OSError as error:
        raise RequestError(f"plug-in {file}: expected a Python file, got: {error.strerror}") from error
    known = entries(entry.kind).get(entry.name)
    if known and known.file.exists() and not known.file.samefile(file):
        raise RequestError(f"plug-in {file}: the name {entry.name!r} is taken by {_holder(known)}")
    others = [one for one in entries(entry.kind).values() if one.name != entry.name]
    if taken := next((one for one in others if entry.called in (one.name, one.called)), None):
        raise RequestError(f"plug-in {file}: the name {entry.called!r} is taken by {_holder(taken)}")
    entry = replace(entry, module=f"fewshot_plugin_{entry.kind}_{entry.name}_{entry.sha256[:12]}")
    module = sys.modules[entry.module] = ModuleType(entry.module)  # dataclasses look for it there
    module.__file__ = str(file.resolve())
    try:
        with no_exit():
            exec(compile(entry.source, module.__file__, "exec"), vars(module))  # the bytes that were hashed
        getattr(module, entry.name)
    except Exception as error:
        del sys.modules[entry.module]
        hint = "; a plug-in is one file and can import what is installed" if isinstance(error, ImportError) else ""
        line = "".join(f", line {call.lineno}," for call in calls_in(error, [file])[-1:])
        raise RequestError(f"plug-in {file}{line} cannot be imported: {reason(error)}{hint}") from error
    _plugins[entry.kind, entry.name] = entry
    return entry


def forget_plugins() -> None:
    """Unregister all plug-ins, as in a new process."""
    for entry in _plugins.values():
        sys.modules.pop(entry.module, None)
    _plugins.clear()


def plugins_of(spec: RunSpec) -> list[PartInfo]:
    """The parts of a spec that are plug-ins or from installed packages."""
    parts = {kind: getattr(spec, name) for name, kind in KINDS.items()}
    return [find(kind, part.name) for kind, part in parts.items() if part and part.sha256]


def plugin_files() -> dict[str, str]:
    """The absolute paths of all plug-ins, for other processes, and their SHA-256."""
    return {str(entry.file.resolve()): entry.sha256 for entry in _plugins.values()}


@lru_cache
def _own(kind: str) -> dict[str, PartInfo]:
    package = PACKAGES[kind]
    folder = Path(__file__).parents[1].joinpath(*package.split(".")[1:])
    files = [*folder.glob("[!_]*.py"), *folder.glob("*/__init__.py")]  # a part is a file, or a package of its own
    named = sorted((file.stem if file.stem != "__init__" else file.parent.name, file) for file in files)
    found = [read_part(file, name, plugin=False) for name, file in named]
    return {entry.name: replace(entry, module=f"{package}.{entry.name}") for entry in found}


@lru_cache
def _installed() -> dict[tuple[str, str], PartInfo]:
    found: dict[tuple[str, str], PartInfo] = {}
    for entry in offered():
        key = entry.kind, entry.name
        known = found.get(key) or _own(entry.kind).get(entry.name)
        if known:
            whose = f"distribution {entry.distribution} ({entry.file})"
            raise RequestError(f"{whose}: the name {entry.name!r} is taken by {_holder(known)}")
        found[key] = entry
    return found


def _holder(entry: PartInfo) -> str:
    if entry.distribution:
        return f"distribution {entry.distribution} ({entry.file})"
    owner = "plug-in" if entry.sha256 else "package's"
    return f"the {owner} {entry.file}"


def _fits(value: object, default: object) -> bool:
    if default is None:
        return True
    if isinstance(default, bool) or isinstance(value, bool):
        return isinstance(value, bool) and isinstance(default, bool)
    if isinstance(default, float):
        return isinstance(value, int | float) and abs(value) <= sys.float_info.max
    if isinstance(default, tuple | list):
        if not default:  # of items of any kind, or none
            return isinstance(value, tuple | list)
        return isinstance(value, tuple | list) and len(value) > 0 and all(_fits(item, default[0]) for item in value)
    return isinstance(value, type(default))
