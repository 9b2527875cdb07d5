"""The keys of a suite's table and what each may hold, checked before anything is made of them."""

from collections.abc import Iterable

from fewshot.errors import RequestError, at, unknown
from fewshot.spec import training_from_plain

TOP = {
    "title": str, "note": str, "dataset": str, "protocol": str, "size": int, "seeds": list, "threads": int,
    "learner": str, "learners": list, "backbones": list, "losses": list, "similarities": list, "exclude": list,
    "training": dict, "search": dict, "options": dict, "cells": list, "shuffled_labels": bool,
    "published": list, "rows": list, "columns": list,
}  # fmt: skip
CELL = {
    "learner": str, "backbone": str, "similarity": str, "loss": str, "shot_rule": str, "size": int,
    "options": dict, "training": dict,
}  # fmt: skip
PUBLISHED = {
    "method": str, "task": str, "accuracy": float, "half_width": float, "source": str, "trust": str, "note": str,
    "like": dict,
}  # fmt: skip
ITEMS = {
    "seeds": int, "learners": str, "backbones": str, "losses": str, "similarities": str, "rows": str, "columns": str,
    "exclude": dict, "cells": dict, "published": dict,
}  # fmt: skip
EXCLUDE = {"learner": str, "backbone": str, "loss": str, "similarity": str}
NEEDED = ("method", "task", "accuracy", "source", "trust")  # of a published figure


def check_plan(table: dict) -> None:
    """Refuse a key that no suite has, a value of another type, and a key that is missing."""
    _check(table, TOP, "key")
    for key in ("title", "dataset", "protocol", "size"):
        if key not in table:
            raise RequestError(f"the key {key!r} is missing")
    grid = {"learners", "backbones", "losses"} & set(table)
    if not grid and "cells" not in table:
        raise RequestError("the key 'cells' is missing, as are 'backbones' and 'losses'")
    if grid and "learners" not in table and (missing := {"backbones", "losses"} - grid):
        raise RequestError(f"the key {missing.pop()!r} is missing")
    if "learner" in table and "learners" in table:
        with at("learner"):
            raise RequestError("expected either 'learner' or 'learners', got both")
    for name, known in (("exclude", EXCLUDE), ("cells", CELL), ("published", PUBLISHED)):
        for number, row in enumerate(table.get(name, [])):
            with at(name, number):
                _check(row, known, f"key of [[{name}]]")
    for number, one in enumerate(table.get("exclude", [])):
        if not one:
            with at("exclude", number):
                raise RequestError(f"exclude: expected a key such as loss, got {one}")
    for number, row in enumerate(table.get("published", [])):
        if missing := [key for key in NEEDED if key not in row]:
            with at("published", number):
                raise RequestError(f"a row of [[published]] lacks the key {missing[0]!r}")
    for key in ("seeds", "learners", "backbones", "losses", "similarities"):
        if key in table and not table[key]:
            with at(key):
                raise RequestError(f"{key}: expected at least one, got none")
        for number, item in enumerate(values := table.get(key, [])):
            if item in values[:number]:
                with at(key, number):
                    raise RequestError(f"{key}: {item!r} stands there twice, so two cells would be the same")
    for key in ("seeds", "threads"):
        _at_least(key, table.get(key, []), 1 if key == "threads" else 0)
    _check_search(table.get("search", {}), table.get("training", {}))


def _check(table: dict, known: dict[str, type], what: str) -> None:
    for key, value in table.items():
        with at(key):
            if key not in known:
                raise unknown(what, key, known)
            _check_type(key, value, known[key])
            for number, item in enumerate(value) if key in ITEMS else ():
                with at(number):
                    _check_type(f"an item of {key}", item, ITEMS[key])
            for name, item in value.items() if key == "options" else ():
                with at(name):
                    _check_type(f"options.{name}", item, dict)


def _check_type(name: str, value: object, kind: type) -> None:
    fits = isinstance(value, int | float if kind is float else kind)
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise RequestError(f"{name}: expected {kind.__name__}, got {value!r}")


def _at_least(key: str, value: int | list[int], least: int) -> None:
    for number, item in enumerate(value if isinstance(value, list) else [value]):
        with at(key, *([number] if isinstance(value, list) else [])):
            if item < least:
                raise RequestError(f"{key}: expected a whole number of at least {least}, got {item}")


def _check_search(search: dict[str, object], training: dict[str, object]) -> None:
    """Each searched value is one that `[training]` takes: not the steps, which the search shortens, nor the split."""
    for key, values in search.items():
        if key in training:
            with at("training", key):
                raise RequestError(f"{key} is searched: expected it in [training] or in [search], not in both")
        with at("search", key):
            if key in ("steps", "learn", "select", "val_every"):
                raise RequestError(f"search: {key} cannot be searched, as a searched run has its own")
            _check_type(f"search.{key}", values, list)
            if len(values) < 2 or _repeated(values):
                raise RequestError(f"search.{key}: expected two or more different values, got {values!r}")
            for number, value in enumerate(values):
                with at(number):
                    _under(key, value)


def _under(key: str, value: object) -> None:
    try:
        training_from_plain({key: value})
    except RequestError as error:
        error.where = ()
        raise


def _repeated(values: Iterable[object]) -> bool:
    values = list(values)
    return any(value in values[:number] for number, value in enumerate(values))
