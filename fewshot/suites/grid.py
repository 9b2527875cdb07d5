"""The cells that a suite's grid and its single cells ask for, before defaults."""

from collections.abc import Iterator
from dataclasses import dataclass

from fewshot.core.errors import RequestError, at, unknown
from fewshot.registry.lookup import entries, find, full_name
from fewshot.registry.source import KINDS

Where = tuple[str | int, ...]


@dataclass(frozen=True)
class Asked:
    """What a suite says of a cell itself, and the keys under which it says so."""

    cell: dict
    where: Where = ()
    places: dict[str, Where] | None = None  # of the grid's keys; a single cell has its own

    def place(self, key: str) -> Where:
        if self.places is not None:
            return self.places.get(key, (key,))
        return (*self.where, key) if key in self.cell else self.where or (key,)

    def option(self, name: str, *keys: str) -> Where:
        """Where an option of a part stands: in the cell itself or in the suite's `[options]`."""
        here = keys and keys[0] in self.cell.get("options", {}).get(name, {})
        return (*(self.where if here else ()), "options", name, *keys)


def asked_cells(table: dict) -> list[Asked]:
    """The grid, then the single cells. Raises `RequestError` for what cannot be meant, such as options of no part."""
    single = [Asked(cell, ("cells", number)) for number, cell in enumerate(table.get("cells", []))]
    for asked in (Asked(table), *single):
        check_options(asked.cell.get("options", {}), (*asked.where, "options"))
    everything = [*_grid(table), *single]
    if not everything:
        with at("exclude"):
            raise RequestError("no cell is left")
    return everything


def check_options(options: dict[str, dict], where: Where = ()) -> None:
    """Refuse options of no part, or that the part has not, whether it is used or not."""
    everything = [entry for kind in KINDS.values() for entry in entries(kind).values()]
    for name, given in options.items():
        family, colon, _ = name.partition(":")
        named = [entry for entry in everything if entry.name == family and bool(entry.family) == bool(colon)]
        with at(*where, name):
            if not named:
                raise unknown("part under [options]", name, [full_name(entry) for entry in everything])
            known = {key for entry in named for key in entry.options}
            for key in given if not any(entry.open for entry in named) else ():
                if key not in known:
                    with at(key):
                        raise unknown(f"option of {name}", key, known)


def _grid(table: dict) -> Iterator[Asked]:
    """The cells of the grid, without those that an exclusion fits."""
    grid, excluded = list(_products(table)), table.get("exclude", [])
    for number, one in enumerate(excluded):
        for key, name in one.items():
            there = {asked.cell[key] for asked in grid if key in asked.cell}
            with at("exclude", number, key):
                if not there:
                    raise RequestError(f"exclude: the grid names no {KINDS[key]}")
                if name not in there:
                    raise unknown(f"{key} of the grid", name, there)
        if not any(one.items() <= asked.cell.items() for asked in grid):
            with at("exclude", number):
                raise RequestError(f"no cell of the grid fits the exclusion {one}")
    for asked in grid:
        if not any(one.items() <= asked.cell.items() for one in excluded):
            yield asked


def _products(table: dict) -> Iterator[Asked]:
    """Every learner with what it takes: a training-free one stands alone, one with its own objective has no loss."""
    if not {"learners", "backbones", "losses"} & set(table):
        return
    single = "learners" not in table
    for number, learner in enumerate([table.get("learner", "siamese")] if single else table["learners"]):
        place = ("learner",) if single else ("learners", number)
        with at(*place):
            marks = find("learners", learner).marks
            if single and not marks.trained:
                raise RequestError(f"learner {learner} is not trained: expected no backbones and losses beside it")
        asked = [Asked({"learner": learner}, place, places={"learner": place})]
        taken = {"backbones": "backbone", "losses": "loss"} if marks.trained else {}
        if marks.own_objective:
            del taken["losses"]
        elif taken and "similarities" in table:
            taken["similarities"] = "similarity"
        several = {"protocols": "protocol"} if "protocols" in table else {}
        for many, key in (several | taken).items():
            with at(*(place if many not in table else (many,))):
                if not table.get(many):
                    raise RequestError(f"learner {learner} needs {many}")
            asked = _times(asked, table, many, key)
        yield from asked


def _times(asked: list[Asked], table: dict, many: str, key: str) -> list[Asked]:
    return [
        Asked(one.cell | {key: value}, one.where, one.places | {key: (many, number)})
        for one in asked
        for number, value in enumerate(table.get(many, []))
    ]
