"""A suite: one TOML file that names the cells of a table and the published figures they are held against."""

import copy
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fewshot.errors import RequestError, unknown
from fewshot.protocols import load_protocol
from fewshot.registry import find, make_part
from fewshot.spec import SHOT_RULES, Part, RunSpec, training_from_plain

ONE = {"backbone": "backbones", "similarity": "similarities", "loss": "losses"}
TOP = {
    "title": str, "note": str, "dataset": str, "protocol": str, "size": int, "minutes": int, "seeds": list,
    "backbones": list, "similarities": list, "losses": list, "learner": str, "shuffled_labels": bool,
    "training": dict, "options": dict, "cells": list, "published": list,
}  # fmt: skip
CELL = {"learner", "backbone", "similarity", "loss", "size", "options", "training", "shot_rule"}
PUBLISHED = {
    "method": str,
    "task": str,
    "accuracy": float,
    "half_width": float,
    "source": str,
    "trust": str,
    "note": str,
}
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
    _check_types(table, TOP, "key")
    for key in ("title", "dataset", "protocol", "size", "cells" if "losses" not in table else "backbones"):
        if key not in table:
            raise RequestError(f"the key {key!r} is missing")
    for row in table.get("published", []):
        _check_types(row, PUBLISHED, "key of [[published]]")
    specs = [spec for cell in _cells(table) for spec in _specs(table, cell, stage)]
    if len({spec.id for spec in specs}) < len(specs):
        raise RequestError("two of its cells are the same")
    published = tuple(table.get("published", ()))
    return Suite(name, table["title"], table.get("note", ""), table.get("minutes", 0), tuple(specs), published)


def _cells(table: dict) -> list[dict]:
    grid = [
        {"backbone": backbone, "loss": loss} | ({"similarity": similarity} if similarity else {})
        for backbone in table.get("backbones", [])
        for loss in table.get("losses", [])
        for similarity in table.get("similarities", [None])
    ]
    for cell in table.get("cells", []):
        if wrong := sorted(set(cell) - CELL):
            raise unknown("key of [[cells]]", wrong[0], CELL)
    return grid + table.get("cells", [])


def _specs(table: dict, cell: dict, stage: str) -> list[RunSpec]:
    learner = cell.get("learner", table.get("learner", "siamese"))
    protocol = load_protocol(table["protocol"])
    if protocol.dataset != table["dataset"]:
        raise RequestError(f"protocol {protocol.name} is of data set {protocol.dataset}, not {table['dataset']}")
    common = {
        "dataset": _part("datasets", table["dataset"], table, cell),
        "protocol": Part(protocol.name, {}, protocol.revision),
        "stage": stage,
        "size": cell.get("size", table["size"]),
        "learner": _part("learners", learner, table, cell),
        "shuffled_labels": table.get("shuffled_labels", False),
    }
    if "shot_rule" in cell:
        common["shot_rule"] = cell["shot_rule"]
    if not find("learners", learner).marks.get("trained"):
        if "similarity" in cell:
            common["similarity"] = _part("similarities", cell["similarity"], table, cell)
        return [RunSpec(**common)]
    own = find("learners", learner).marks.get("own_objective", False)
    if missing := [key for key in ("backbone", "loss") if key not in cell and not (own and key == "loss")]:
        raise RequestError(f"a cell of learner {learner} needs a {missing[0]}")
    if own and "loss" in cell:
        raise RequestError(f"learner {learner} brings its own objective: expected no loss, got {cell['loss']}")
    recipe = table.get("training", {}) | cell.get("training", {})
    if stage == "val":  # what is measured on val learns from train alone
        recipe["learn"] = "train"
    training = training_from_plain(recipe)
    parts = {key: cell[key] for key in ONE if key in cell}
    if not own:
        marks = find("losses", cell["loss"]).marks
        parts = {"similarity": marks["similarity"]} | parts
        common.setdefault("shot_rule", marks.get("shot_rule", SHOT_RULES[0]))
    common |= {key: _part(ONE[key], value, table, cell) for key, value in parts.items()}
    return [RunSpec(**common, training=training, seed=seed) for seed in table.get("seeds", [0])]


def _part(kind: str, name: str, table: dict, cell: dict) -> Part:
    options = table.get("options", {}).get(name, {}) | cell.get("options", {}).get(name, {})
    return make_part(kind, name, options)


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


def _check_types(table: dict, known: dict[str, type], what: str) -> None:
    for key, value in table.items():
        if key not in known:
            raise unknown(what, key, known)
        kind = known[key]
        if not isinstance(value, (int, float) if kind is float else kind) or (
            isinstance(value, bool) and kind is not bool
        ):
            raise RequestError(f"{key}: expected {kind.__name__}, got {value!r}")


def _value(spec: RunSpec, key: str) -> str:
    value = getattr(spec, key)
    return value.name if isinstance(value, Part) else "" if value is None else str(value)


def one_cell(
    loss: str,
    protocol: str,
    backbone: str,
    similarity: str | None,
    *,
    size: int,
    stage: str,
    seed: int,
    options: dict[str, dict],
    training: dict,
) -> RunSpec:
    """The spec of a single cell, by the rules of a suite."""
    cell = {"backbone": backbone, "loss": loss, "training": training, "options": options}
    table = {"dataset": load_protocol(protocol).dataset, "protocol": protocol, "size": size, "seeds": [seed]}
    return _specs(table, cell | ({"similarity": similarity} if similarity else {}), stage)[0]
