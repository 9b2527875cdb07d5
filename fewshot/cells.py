"""From a suite's table to the specs of its cells: names, options and defaults of parts put together and checked."""

from fewshot.errors import RequestError, unknown
from fewshot.protocols import load_protocol
from fewshot.registry import find, make_part
from fewshot.spec import SHOT_RULES, Part, RunSpec, training_from_plain

ONE = {"backbone": "backbones", "similarity": "similarities", "loss": "losses"}
CELL = {
    "learner": str, "backbone": str, "similarity": str, "loss": str, "shot_rule": str, "size": int,
    "options": dict, "training": dict,
}  # fmt: skip
ITEMS = {"seeds": int, "backbones": str, "similarities": str, "losses": str, "cells": dict, "published": dict}


def specs(table: dict, stage: str) -> list[RunSpec]:
    """The specs of all cells of a table: its grid of backbones, losses and similarities, then its single cells."""
    return [spec for cell in _cells(table) for spec in _specs(table, cell, stage)]


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


def check_types(table: dict, known: dict[str, type], what: str) -> None:
    """Refuse keys that are not `known`, and values, or items of a list, of another type."""
    for key, value in table.items():
        if key not in known:
            raise unknown(what, key, known)
        _check_type(key, value, known[key])
        for item in value if key in ITEMS else ():
            _check_type(f"an item of {key}", item, ITEMS[key])
        for name, item in value.items() if key == "options" else ():
            _check_type(f"options.{name}", item, dict)


def _check_type(name: str, value: object, kind: type) -> None:
    fits = isinstance(value, int | float if kind is float else kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise RequestError(f"{name}: expected {kind.__name__}, got {value!r}")


def _cells(table: dict) -> list[dict]:
    grid = [
        {"backbone": backbone, "loss": loss} | ({"similarity": similarity} if similarity else {})
        for backbone in table.get("backbones", [])
        for loss in table.get("losses", [])
        for similarity in table.get("similarities", [None])
    ]
    for cell in table.get("cells", []):
        check_types(cell, CELL, "key of [[cells]]")
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
