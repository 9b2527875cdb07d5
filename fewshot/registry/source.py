"""`PartInfo`: a part's kind, options, defaults and summary, read from its source without importing it."""

import ast
import hashlib
import sys
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import get_origin

from fewshot.core.checks import check_type
from fewshot.core.errors import RequestError, unknown
from fewshot.core.files import regular
from fewshot.core.marks import MARKS, Marks

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
class PartInfo:
    """A part as its source declares it: first docstring line, marks of its decorator, options with defaults."""

    name: str
    kind: str
    file: Path
    summary: str
    marks: Marks
    options: dict = field(default_factory=dict)
    sha256: str = ""  # of a plug-in's file; empty for the package's own parts
    source: bytes = field(default=b"", repr=False)  # of a plug-in
    module: str = ""  # name of the module to import
    distribution: str = ""  # that offers it; empty for the package's own parts and for a user's file
    open: bool = False  # takes any option, as it passes them to a library
    made_from: str = ""  # "an object" of a caller, which has no file of its own

    @property
    def family(self) -> str:
        """The option that is written after a colon in the name ("torchvision:resnet18"); empty without a family."""
        return getattr(self.marks, "family", "")

    @property
    def called(self) -> str:
        """The name that users write, which need not be a Python identifier ("baseline++")."""
        return getattr(self.marks, "called", "") or self.name

    @property
    def photographs(self) -> bool:
        """Whether a data set reads a user's files, of any size and quality: these have the option `resize`."""
        return "resize" in self.options

    @property
    def label(self) -> str:
        """The part's name in messages: "loss triplet", "plug-in my_loss.py"."""
        if self.distribution:
            return f"plug-in {self.name} of distribution {self.distribution}"
        if self.sha256 and not self.made_from:
            return f"plug-in {self.file.name}"
        return f"{next(one for one, many in KINDS.items() if many == self.kind)} {self.called}"


def read_part(file: Path, name: str, *, plugin: bool) -> PartInfo:
    """The part `name` in a file.

    Raises `RequestError` for a file that is not Python or lacks the part, and `OSError` for a missing file.
    """
    source = regular(file).read_bytes()
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        line = f", line {error.lineno}" if error.lineno else ""  # none of a null byte, in some versions of Python
        raise RequestError(f"{file}{line}: {error.msg}") from error
    except ValueError as error:  # a null byte
        raise RequestError(f"{file}: expected Python, got: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise RequestError(f"{file}: expected Python, got expressions that are nested too deeply") from error
    node = next((node for node in tree.body if getattr(node, "name", None) == name), None)
    marks = [mark for mark in getattr(node, "decorator_list", []) if _called(mark) in KINDS]
    if not marks:
        if not name.isidentifier():
            raise RequestError(f"{file}: expected a name that a part in Python can have, my_loss.py, got {file.name}")
        raise RequestError(f"{file}: expected a part called {name!r} under a decorator such as @loss")
    texts = (tree, node) if name in (file.stem, file.parent.name) else (node, tree)
    summary = next((text for text in map(ast.get_docstring, texts) if text), "").split("\n", 1)[0].rstrip(".")
    sha256 = hashlib.sha256(source).hexdigest() if plugin else ""
    signature, kind = _signature(node), KINDS[_called(marks[0])]
    own = _marks(_called(marks[0]), getattr(marks[0], "keywords", ()), file)
    names, defaults = (signature.kwonlyargs, signature.kw_defaults) if signature else ((), ())
    options = _plain_values(dict(zip((item.arg for item in names), defaults, strict=True)), file)
    if strange := [key for key in own.later if options.get(key, REQUIRED) is REQUIRED]:
        raise RequestError(f"{file}: later: expected options with a default, got {strange[0]!r}")
    more = {"sha256": sha256, "source": source if plugin else b"", "open": bool(signature and signature.kwarg)}
    return PartInfo(name, kind, file, summary, own, options, **more)


def _called(decorator: ast.expr) -> str:
    """The name of a decorator: "loss" of `@loss`, `@loss(…)` and `@fewshot.loss(…)`."""
    name = getattr(decorator, "func", decorator)
    return getattr(name, "id", "") or getattr(name, "attr", "")


def _marks(decorator: str, keywords: Iterable[ast.keyword], file: Path) -> Marks:
    """The marks of a part from the keywords of its decorator."""
    make = MARKS[KINDS[decorator]]
    known = {one.name: one.default if one.default_factory is MISSING else {} for one in fields(make)}
    given = {item.arg: item.value for item in keywords}
    if None in given:
        raise RequestError(f"{file}: @{decorator}: expected its keywords written out, got **")
    for key in given:
        if key not in known:
            raise RequestError(f"{file}: {unknown(f'keyword of @{decorator}', key, known)}")
    if missing := [key for key, default in known.items() if default is MISSING and key not in given]:
        raise RequestError(f"{file}: @{decorator} needs the keyword {missing[0]}, which was not given")
    there = {key: not isinstance(given.pop(key), ast.Constant) for key in make.functions if key in given}
    values = _plain_values(given, file)
    kinds = {one.name: one.type for one in fields(make)}
    try:
        for key, value in values.items():
            kind = tuple | list if get_origin(kinds[key]) is Sequence else kinds[key]
            check_type(f"{key} of @{decorator}", value, kind, expected=getattr(kind, "__name__", str(kind)))
        return make(**values, **there)
    except RequestError as error:
        raise RequestError(f"{file}: {error}") from error


def _signature(node: ast.AST) -> ast.arguments | None:
    if isinstance(node, ast.ClassDef):
        node = next((item for item in node.body if getattr(item, "name", None) == "__init__"), None)
    return node.args if node is not None else None


def _plain_values(values: dict[str, ast.expr | None], file: Path) -> dict:
    found = {}
    for key, value in values.items():
        try:
            found[key] = REQUIRED if value is None else ast.literal_eval(value)
        except (ValueError, TypeError, RecursionError, MemoryError):
            found[key] = ...
        if not (value is None or _is_plain(found[key])):
            kinds = "a finite number, a text, True, False, None, or a list or table of these"
            raise RequestError(f"{file}, line {value.lineno}: {key}: expected a plain value: {kinds}")
    return found


def _is_plain(value: object) -> bool:
    """Whether a value is as in JSON."""
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) for key in value) and all(map(_is_plain, value.values()))
    if isinstance(value, str):
        return value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value)
    return value is None or (isinstance(value, int | float) and abs(value) <= sys.float_info.max)
