"""The TOML of a suite: the keys of its table and the values that each may hold."""

import math
import tomllib

from fewshot.core.checks import EXPECTED as PIXELS
from fewshot.core.checks import check_type
from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.names import NORMALISE, STAGES
from fewshot.registry.pitfalls import PITFALLS, SUITE
from fewshot.suites.cells.grid import Where

LARGEST = 2**63  # of a whole number, as in TOML's own specification
DEEPEST = 16  # tables and lists in one another: a suite needs six
THREADS = 256  # of a process
FOLDS = 100  # of a protocol
MOST = 20_000  # cells of a suite
GRID = ("protocols", "learners", "backbones", "losses", "similarities")

FIGURE = int | float | dict  # of one task, or of each of several
EXCLUDE = {"protocol": str, "learner": str, "backbone": str, "loss": str, "similarity": str}
OPTIONS = {...: dict}  # of parts by any name
SIZE = int | list  # px, or height and width
WORDS = {FIGURE: "a number or a table", SIZE: PIXELS}
CELL = {
    **EXCLUDE, "shot_rule": str, "size": SIZE, "options": OPTIONS, "training": dict, "normalise": str,
    "pitfalls": [str],
}  # fmt: skip
PUBLISHED = {
    "method": str, "task": str, "accuracy": FIGURE, "half_width": FIGURE, "trials": int, "source": str, "trust": str,
    "note": str, "like": dict, "comparable": bool, "equal_error": float, "roc_area": float,
}  # fmt: skip
TOP = {
    "title": str, "note": str, "limits": str, "dataset": str, "protocol": str, "protocols": [str], "stage": str,
    "size": SIZE, "seeds": [int], "threads": int, "learner": str, "learners": [str], "backbones": [str],
    "losses": [str], "similarities": [str], "exclude": [EXCLUDE], "training": dict, "search": dict, "options": OPTIONS,
    "cells": [CELL], "shuffled_labels": bool, "normalise": str, "revision": int, "published": [PUBLISHED],
    "rows": [str], "columns": [str], "twins": bool, "folds": int, "ensembles": bool,
}  # fmt: skip
NEEDED = ("method", "task", "accuracy", "source", "trust")  # of a published figure
OF_PAIRS = {"equal_error": "equal error", "roc_area": "ROC area"}  # figures of a protocol's pairs instead of accuracy


def read_toml(text: str) -> dict:
    """The table of a TOML text.

    Raises `RequestError`, with its keys, for dates, numbers that are not finite or too large for a machine, and tables
    and lists in one another without end; `ValueError` for a text that is no TOML.
    """
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise RequestError(f"expected tables and lists at most {DEEPEST} deep, got hundreds in one another") from None
    _check_plain(table)
    return table


def _check_plain(table: dict) -> None:
    left: list[tuple[object, Where]] = [(table, ())]
    while left:
        value, where = left.pop()
        name = f"{where[-1]}: " if where and isinstance(where[-1], str) else ""
        if len(where) > DEEPEST:
            raise RequestError(f"{where[0]}: expected tables and lists at most {DEEPEST} deep, got more", *where[:1])
        if isinstance(value, dict | list):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            left += [(item, (*where, key)) for key, item in items]
        elif isinstance(value, int) and not -LARGEST <= value < LARGEST:
            raise RequestError(
                f"{name}expected a whole number within 64 bits, got one of {len(str(value))} digits", *where
            )
        elif isinstance(value, float) and not math.isfinite(value):
            raise RequestError(f"{name}expected a finite number, got {value}", *where)
        elif not isinstance(value, str | int | float):
            raise RequestError(f"{name}expected a text or a number, got the {type(value).__name__} {value}", *where)


def check_plan(table: dict) -> None:
    """Refuse a key that no suite has, a value of another type, and a key that is missing."""
    _check_keys(table, TOP, "key")
    for key in ("title", "dataset", "protocol", "size"):
        if key not in table and not (key == "protocol" and "protocols" in table):
            raise RequestError(f"the key {key!r} is missing")
    if table.get("stage", "test") not in STAGES:
        raise unknown("stage", table["stage"], STAGES, "stage")
    _check_grid(table)
    cells = [((), table), *((("cells", number), cell) for number, cell in enumerate(table.get("cells", [])))]
    for where, one in cells:
        if one.get("normalise", "none") not in NORMALISE:
            raise unknown("normalise", one["normalise"], NORMALISE, *where, "normalise")
    for number, one in enumerate(table.get("exclude", [])):
        if not one:
            raise RequestError(f"exclude: expected a key such as loss, got {one}", "exclude", number)
    for number, row in enumerate(table.get("published", [])):
        _check_published(row, "published", number)


def check_pitfalls(name: str, table: dict) -> None:
    """Refuse mistakes made on purpose in any suite but the one for them, and there a cell without any."""
    if name == SUITE and (grid := [key for key in GRID if key in table]):
        raise RequestError(f"{grid[0]}: expected cells alone in the suite {SUITE}, each with its pitfalls", grid[0])
    for number, cell in enumerate(table.get("cells", [])):
        if "pitfalls" in cell and name != SUITE:
            only = f"only the suite {SUITE} makes mistakes on purpose: expected no such key in {name}"
            raise RequestError(f"pitfalls: {only}", "cells", number, "pitfalls")
        if name == SUITE and not cell.get("pitfalls"):
            raise RequestError(f"expected pitfalls in every cell of the suite {SUITE}, got none", "cells", number)
        for place, one in enumerate(cell.get("pitfalls", ())):
            if one not in PITFALLS:
                raise unknown("pitfall", one, PITFALLS, "cells", number, "pitfalls", place)


def _check_keys(table: dict, known: dict, what: str, *where: str | int) -> None:
    for key, value in table.items():
        if key not in known and ... not in known:
            raise unknown(what, key, known, *where, key)
        name = f"{where[-1]}.{key}" if ... in known else key
        _check_value(name, value, known.get(key) or known[...], *where, key)


def _check_value(name: str, value: object, kind: object, *where: str | int) -> None:
    """Refuse a value that is not of this kind: a type, `[kind]` for a list or the known keys of a table."""
    plain = type(kind) if isinstance(kind, list | dict) else kind
    check_type(name, value, plain, *where, expected=WORDS.get(plain, ""))
    for number, item in enumerate(value) if isinstance(kind, list) else ():
        _check_value(f"an item of {name}", item, kind[0], *where, number)
    if isinstance(kind, dict):
        _check_keys(value, kind, f"key of [[{where[0]}]]", *where)


def _check_grid(table: dict) -> None:
    """Refuse a grid that lacks a required list, and lists that are empty or repeat an item."""
    grid = {"learners", "backbones", "losses"} & set(table)
    if not grid and "cells" not in table:
        raise RequestError("the key 'cells' is missing, as are 'backbones' and 'losses'")
    if grid and "learners" not in table and (missing := {"backbones", "losses"} - grid):
        raise RequestError(f"the key {missing.pop()!r} is missing")
    for key in ("learner", "protocol"):
        if key in table and f"{key}s" in table:
            raise RequestError(f"expected either {key!r} or '{key}s', got both", key)
    for key in ("protocols", "seeds", "learners", "backbones", "losses", "similarities"):
        if not (values := table.get(key, [key])):
            raise RequestError(f"{key}: expected at least one, got none", key)
        if number := _repeated(values):
            message = f"{key}: {values[number]!r} stands there twice, so two cells would be the same"
            raise RequestError(message, key, number)
    for key, least in (("seeds", 0), ("threads", 1), ("revision", 1), ("folds", 2)):
        if (number := min(table.get(key, [least])) if key == "seeds" else table.get(key, least)) < least:
            raise RequestError(f"{key}: expected a whole number of at least {least}, got {number}", key)
    for key, most in (("threads", THREADS), ("folds", FOLDS)):
        if (number := table.get(key, 1)) > most:
            raise RequestError(f"{key}: expected at most {most}, got {number:,}", key)
    if "folds" in table and table.get("search"):
        raise RequestError("folds: expected no search beside them, as each fold would choose other values", "folds")
    if table.get("ensembles") and table.get("search"):
        message = "ensembles: expected no search beside them, which would choose their members' values"
        raise RequestError(message, "ensembles")
    _check_many(table)


def _check_many(table: dict) -> None:
    """Refuse a grid of more cells than anyone reads, before they are made."""
    grid = math.prod(len(table[key]) for key in GRID if key in table)
    number = (grid + len(table.get("cells", ()))) * len(table.get("seeds", (0,))) * table.get("folds", 1)
    if number > MOST:
        key = max((key for key in (*GRID, "cells", "seeds") if key in table), key=lambda key: len(table[key]))
        raise RequestError(f"{key}: expected a suite of at most {MOST:,} cells, got {number:,}", key)


def _check_published(row: dict, *where: str | int) -> None:
    """A figure of one task, or tables of the figures of several."""
    several, of_pairs = isinstance(row.get("accuracy"), dict), bool(OF_PAIRS.keys() & row)
    beside = [key for key in ("task", "accuracy", "half_width", "trials") if key in row]
    if of_pairs and beside:
        raise RequestError(f"{beside[0]}: expected none beside an equal error or a ROC area", *where, beside[0])
    absent = ("task", "accuracy") if of_pairs else ("task",) if several else ()
    if missing := [key for key in NEEDED if key not in row and key not in absent]:
        raise RequestError(f"a row of [[published]] lacks the key {missing[0]!r}", *where)
    if several and "task" in row:
        message = f"expected the tasks in the table of accuracies alone, got {row['task']!r} too"
        raise RequestError(message, *where, "task")
    if row.get("trials", 1) < 1:
        raise RequestError(f"trials: expected a number of trials, got {row['trials']}", *where, "trials")
    for key in [key for key in ("accuracy", "half_width", *OF_PAIRS) if key in row]:
        for value in row[key].values() if isinstance(row[key], dict) else [row[key]]:
            if isinstance(value, int | float) and not 0 <= value <= 100:
                raise RequestError(f"{key}: expected a figure in %, got {value:g}", *where, key)
    for key in [key for key in ("accuracy", "half_width") if key in row]:
        value = row[key]
        if isinstance(value, dict) != several:
            expected = "a table of tasks" if several else "a number"
            raise RequestError(f"{key}: expected {expected}, got {value!r}", *where, key)
        if several and not value:
            raise RequestError(f"{key}: expected at least one task, got none", *where, key)
        for task, figure in value.items() if several else ():
            if task not in row["accuracy"]:
                raise unknown("task of the accuracies", task, row["accuracy"], *where, key, task)
            check_type(f"{key} of {task}", figure, float, *where, key, task)


def _repeated(values: list) -> int:
    """The number of the first value equal to an earlier one; 0 for none."""
    return next((number for number, value in enumerate(values) if value in values[:number]), 0)
