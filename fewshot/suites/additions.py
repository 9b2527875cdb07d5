"""The parts of a user's files, added to a suite's grid."""

from collections.abc import Iterator

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import find
from fewshot.registry.source import PartInfo
from fewshot.suites.cells.grid import Where, combinations


def add_part(table: dict, part: PartInfo, option: str) -> Iterator[Where]:
    """Add a part to the list of its kind in a table that `check_plan` has passed; yield the keys where it stands.

    A grid without learners has one, which stays beside the new one. In a suite that lists no similarities each
    loss has its own; then a new similarity makes a cell of its own with each loss that can have another.
    """
    kind, listed = part.kind, table.get(part.kind)
    if kind in ("datasets", "protocols"):
        raise RequestError(f"{option}: expected a loss, backbone, similarity or learner, got one of the {kind}; "
                           "a suite names it, and --plugin gives its file")  # fmt: skip
    if listed is None and kind == "similarities":
        yield from (added := list(_add_cells(table, part.name)))
        if not added:
            raise RequestError(
                f"{option}: expected a suite that lists a loss whose similarity may be another, got none"
            )
        return
    if listed is None and kind == "learners":
        own = table.pop("learner", "siamese")
        for cell in table.get("cells", ()):
            cell.setdefault("learner", own)
        listed = [own] if "backbones" in table else []
    if not isinstance(listed, list):
        raise RequestError(f"{option}: expected a suite that lists {kind}, got one with cells of its own alone")
    table[kind] = listed if part.name in listed else [*listed, part.name]
    yield kind, table[kind].index(part.name)


def _add_cells(table: dict, similarity: str) -> Iterator[Where]:
    cells = table.setdefault("cells", [])
    for cell in combinations(table):
        if "loss" in cell and not find("losses", cell["loss"]).marks.fixed:
            yield "cells", len(cells)
            cells.append(cell | {"similarity": similarity})
