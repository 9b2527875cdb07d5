"""The keys of a suite's table and the values that each may hold."""

from collections.abc import Iterable
from types import UnionType

from fewshot.core.errors import RequestError, at, unknown
from fewshot.core.recipe import recipe_from_plain
from fewshot.core.spec import NORMALISE, STAGES

FIGURE = float | dict  # of one task, or of each of several
TOP = {
    "title": str, "note": str, "dataset": str, "protocol": str, "protocols": list, "stage": str, "size": int,
    "seeds": list, "threads": int, "learner": str, "learners": list, "backbones": list, "losses": list,
    "similarities": list, "exclude": list, "training": dict, "search": dict, "options": dict, "cells": list,
    "shuffled_labels": bool, "normalise": str, "published": list, "rows": list, "columns": list,
}  # fmt: skip
CELL = {
    "protocol": str, "learner": str, "backbone": str, "similarity": str, "loss": str, "shot_rule": str, "size": int,
    "options": dict, "training": dict, "normalise": str,
}  # fmt: skip
PUBLISHED = {
    "method": str, "task": str, "accuracy": FIGURE, "half_width": FIGURE, "source": str, "trust": str, "note": str,
    "like": dict,
}  # fmt: skip
ITEMS = {
    "protocols": str, "seeds": int, "learners": str, "backbones": str, "losses": str, "similarities": str, "rows": str,
    "columns": str, "exclude": dict, "cells": dict, "published": dict,
}  # fmt: skip
EXCLUDE = {"protocol": str, "learner": str, "backbone": str, "loss": str, "similarity": str}
NEEDED = ("method", "task", "accuracy", "source", "trust")  # of a published figure


def check_plan(table: dict) -> None:
    """Refuse a key that no suite has, a value of another type, and a key that is missing."""
    _check(table, TOP, "key")
    for key in ("title", "dataset", "protocol", "size"):
        if key not in table and not (key == "protocol" and "protocols" in table):
            raise RequestError(f"the key {key!r} is missing")
    if table.get("stage", "test") not in STAGES:
        with at("stage"):
            raise unknown("stage", table["stage"], STAGES)
    grid = {"learners", "backbones", "losses"} & set(table)
    if not grid and "cells" not in table:
        raise RequestError("the key 'cells' is missing, as are 'backbones' and 'losses'")
    if grid and "learners" not in table and (missing := {"backbones", "losses"} - grid):
        raise RequestError(f"the key {missing.pop()!r} is missing")
    if "protocols" in table and not grid:
        with at("protocols"):
            raise RequestError("protocols are those of a grid, which this suite has not: expected protocol")
    for key in ("learner", "protocol"):
        if key in table and f"{key}s" in table:
            with at(key):
                raise RequestError(f"expected either {key!r} or '{key}s', got both")
    for name, known in (("exclude", EXCLUDE), ("cells", CELL), ("published", PUBLISHED)):
        for number, row in enumerate(table.get(name, [])):
            with at(name, number):
                _check(row, known, f"key of [[{name}]]")
    for where, one in [((), table), *((("cells", number), cell) for number, cell in enumerate(table.get("cells", [])))]:
        if one.get("normalise", "none") not in NORMALISE:
            with at(*where, "normalise"):
                raise unknown("normalise", one["normalise"], NORMALISE)
    for number, one in enumerate(table.get("exclude", [])):
        if not one:
            with at("exclude", number):
                raise RequestError(f"exclude: expected a key such as loss, got {one}")
    for number, row in enumerate(table.get("published", [])):
        _check_published(row, number)
    for key in ("protocols", "seeds", "learners", "backbones", "losses", "similarities"):
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


def _check_published(row: dict, number: int) -> None:
    """A figure of one task, or tables of the figures of several."""
    with at("published", number):
        several = isinstance(row.get("accuracy"), dict)
        if missing := [key for key in NEEDED if key not in row and not (several and key == "task")]:
            raise RequestError(f"a row of [[published]] lacks the key {missing[0]!r}")
        if several and "task" in row:
            with at("task"):
                raise RequestError(f"expected the tasks in the table of accuracies alone, got {row['task']!r} too")
        for key in ("accuracy", "half_width"):
            value = row.get(key, {})
            with at(key):
                if key in row and isinstance(value, dict) != several:
                    expected = "a table of tasks" if several else "a number"
                    raise RequestError(f"{key}: expected {expected}, got {value!r}")
                if key in row and several and not value:
                    raise RequestError(f"{key}: expected at least one task, got none")
                for task, figure in value.items() if several else ():
                    with at(task):
                        if task not in row["accuracy"]:
                            raise unknown("task of the accuracies", task, row["accuracy"])
                        _check_type(f"{key} of {task}", figure, float)


def _check_type(name: str, value: object, kind: type | UnionType) -> None:
    fits = isinstance(value, {float: int | float, FIGURE: int | FIGURE}.get(kind, kind))
    if not fits or (isinstance(value, bool) and kind is not bool):
        expected = "a number or a table" if kind is FIGURE else kind.__name__
        raise RequestError(f"{name}: expected {expected}, got {value!r}")


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
        recipe_from_plain({key: value})
    except RequestError as error:
        error.where = ()
        raise


def _repeated(values: Iterable[object]) -> bool:
    values = list(values)
    return any(value in values[:number] for number, value in enumerate(values))
