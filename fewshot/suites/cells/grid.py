"""The cells that a suite's grid and its single cells name, before defaults, and the keys that give their values."""

from collections.abc import Iterator
from functools import reduce
from itertools import product
from operator import getitem

from fewshot.core.errors import RequestError, at, unknown
from fewshot.registry.lookup import find
from fewshot.registry.source import KINDS

Where = tuple[str | int, ...]


def drafts(table: dict) -> list[tuple[Where, dict]]:
    """The cells of the grid and then the single cells: the keys of a single one's table, and its names and values.

    Of several protocols each is a single cell's that names none. Raises `RequestError` for an exclusion that fits
    nothing or everything.
    """
    everything = [((), cell) for cell in combinations(table)]
    posed = [{"protocol": one} for one in table.get("protocols", ())] or [{}]
    for number, cell in enumerate(table.get("cells", [])):
        everything += [(("cells", number), one | cell) for one in (posed if "protocol" not in cell else [{}])]
    if not everything:
        raise RequestError("no cell is left", *(["exclude"] if "exclude" in table else []))
    return everything


def keys_of(table: dict, own: Where, cell: dict, where: Where) -> Where:
    """The keys of a suite's table under which a cell has the value at `where`: its own, all cells' or the grid's.

    An option that is not given stands with its part, and a similarity that is not named with its loss or learner.
    """
    for keys in ((*own, *where), where, *_searched(cell, where)):
        if _has(table, keys):
            return keys
    key = where[0]
    if cell.get(key) in table.get(KINDS.get(key, ""), ()):
        return KINDS[key], table[KINDS[key]].index(cell[key])
    if key == "options":
        named = (key for key in KINDS if where[1] in (cell.get(key), table.get(key)))
        return keys_of(table, own, cell, (next(named, "similarity"),))
    if key == "similarity":
        return keys_of(table, own, cell, ("loss" if "loss" in cell else "learner",))
    return (*own, *where)


def _searched(cell: dict, where: Where) -> list[Where]:
    """The keys of `[search]` under which a cell may search the value at `where`."""
    if where[:1] == ("training",):
        return [("search", cell.get("loss"), *where[1:]), ("search", *where[1:])]
    if where[:1] == ("options",):
        return [("search", *where[1:]), ("search", *where), ("search", ".".join(map(str, where)))]
    return []


def _has(table: dict, keys: Where) -> bool:
    try:
        reduce(getitem, keys, table)
    except (KeyError, TypeError):
        return False
    return True


def combinations(table: dict) -> list[dict]:
    """The cells of the grid, without those that an exclusion fits."""
    grid, excluded = list(_products(table)), table.get("exclude", [])
    for number, one in enumerate(excluded):
        for key, name in one.items():
            there = {cell[key] for cell in grid if key in cell}
            if not there:
                raise RequestError(f"exclude: the grid names no {KINDS[key]}", "exclude", number, key)
            if name not in there:
                raise unknown(f"{key} of the grid", name, there, "exclude", number, key)
        if not any(one.items() <= cell.items() for cell in grid):
            raise RequestError(f"no cell of the grid fits the exclusion {one}", "exclude", number)
    return [cell for cell in grid if not any(one.items() <= cell.items() for one in excluded)]


def _products(table: dict) -> Iterator[dict]:
    """Every learner with its parts: a training-free one stands alone, one with its own objective has no loss."""
    if not {"learners", "backbones", "losses"} & set(table):
        return
    alone = "learners" not in table
    for number, learner in enumerate([table.get("learner", "siamese")] if alone else table["learners"]):
        where = ("learner",) if alone else ("learners", number)
        with at(*where):
            marks = find("learners", learner).marks
        if alone and not marks.trained:
            message = f"learner {learner} is not trained: expected no backbones and losses beside it"
            raise RequestError(message, *where)
        taken = ["protocol"] if "protocols" in table else []
        taken += ["backbone"] if marks.trained else []
        if marks.trained and not marks.own_objective:
            taken += ["loss", *(["similarity"] if "similarities" in table else [])]
        for many in (KINDS[key] for key in taken):
            if not table.get(many):
                raise RequestError(f"learner {learner} needs {many}", *((many,) if many in table else where))
        for names in product(*(table[KINDS[key]] for key in taken)):
            yield {"learner": learner, **dict(zip(taken, names, strict=True))}
