"""A suite: one TOML file that names the cells of a table and the published figures they are held against."""

import copy
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fewshot.cells import check_types, specs
from fewshot.errors import RequestError, unknown
from fewshot.spec import Part, RunSpec

TOP = {
    "title": str, "note": str, "dataset": str, "protocol": str, "size": int, "minutes": int, "seeds": list,
    "backbones": list, "similarities": list, "losses": list, "learner": str, "shuffled_labels": bool,
    "training": dict, "options": dict, "cells": list, "published": list,
}  # fmt: skip
PUBLISHED = {
    "method": str,
    "task": str,
    "accuracy": float,
    "half_width": float,
    "source": str,
    "trust": str,
    "note": str,
}
NEEDED = ("method", "task", "accuracy", "source")  # of a published figure
ONLY = ("learner", "backbone", "similarity", "loss", "seed")


@dataclass(frozen=True)
class Suite:
    """A table's plan: title, remarks, every cell's spec, and published figures."""

    name: str
    title: str
    note: str
    minutes: int  # of the whole suite on a CPU of two cores
    specs: tuple[RunSpec, ...]
    published: tuple[dict, ...] = field(default=())

    def only(self, wanted: Sequence[str]) -> "Suite":
        """The cells that fit every `KEY=VALUE`; values of one key are alternatives."""
        allowed: dict[str, set[str]] = {}
        for item in wanted:
            key, _, value = item.partition("=")
            if key not in ONLY:
                raise unknown("key of --only", key, ONLY)
            allowed.setdefault(key, set()).add(value)
        for key, values in allowed.items():
            there = {_value(spec, key) for spec in self.specs}
            if wrong := sorted(values - there):
                raise unknown(f"{key} of suite {self.name}", wrong[0], there - {""})
        kept = tuple(spec for spec in self.specs if all(_value(spec, key) in allowed[key] for key in allowed))
        if not kept:
            raise RequestError(f"no cell of suite {self.name} fits {' '.join(wanted)}")
        return replace(self, specs=kept)


def suite_files() -> dict[str, Path]:
    """The suites that come with the package, by name."""
    package = Path(__file__).parent
    folder = next(
        (place for place in (package / "benchmarks", package.parent / "benchmarks") if place.is_dir()), package
    )
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def read_suite(
    name: str,
    *,
    changes: Sequence[str] = (),
    stage: str = "test",
    seeds: int | None = None,
    steps: int | None = None,
) -> Suite:
    """The suite of a name or a TOML file's path, with `KEY=VALUE` or `KEY+=VALUE` changes applied.

    Raises `RequestError` for anything that is unknown, of a wrong type or does not go together.
    """
    known = suite_files()
    file = Path(name) if name.endswith(".toml") else known.get(name)
    if file is None:
        raise unknown("suite", name, known)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError(f"suite {name}: expected a TOML file, got: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise RequestError(f"suite {file}: {error}") from error
    for change in changes:
        _change(table, change)
    if seeds is not None:
        table["seeds"] = list(range(seeds))
    if steps is not None:
        table.setdefault("training", {})["steps"] = steps
    try:
        return _suite(file.stem, table, stage)
    except RequestError as error:
        raise RequestError(f"suite {file.name}: {error}") from error


def _suite(name: str, table: dict, stage: str) -> Suite:
    check_types(table, TOP, "key")
    for key in ("title", "dataset", "protocol", "size", "cells" if "losses" not in table else "backbones"):
        if key not in table:
            raise RequestError(f"the key {key!r} is missing")
    for row in table.get("published", []):
        check_types(row, PUBLISHED, "key of [[published]]")
        if missing := [key for key in NEEDED if key not in row]:
            raise RequestError(f"a row of [[published]] lacks the key {missing[0]!r}")
    planned = specs(table, stage)
    if len({spec.id for spec in planned}) < len(planned):
        raise RequestError("two of its cells are the same")
    published = tuple(table.get("published", ()))
    return Suite(name, table["title"], table.get("note", ""), table.get("minutes", 0), tuple(planned), published)


def _change(table: dict, change: str) -> None:
    path, equals, text = change.partition("=")
    add, path = path.endswith("+"), path.removesuffix("+")
    if not equals or not path:
        raise RequestError(f"--set {change}: expected KEY=VALUE or KEY+=VALUE")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *outer, last = path.split(".")
    for key in outer:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise RequestError(f"--set {change}: {key} is no table")
    if add:
        values = value if isinstance(value, list) else [value]
        value = [*copy.copy(table.get(last, [])), *values]
    table[last] = value


def _value(spec: RunSpec, key: str) -> str:
    value = getattr(spec, key)
    return value.name if isinstance(value, Part) else "" if value is None else str(value)
