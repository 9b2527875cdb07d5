"""The published figures of a suite, one for each task."""

from collections.abc import Iterable, Sequence

from fewshot.core.errors import unknown
from fewshot.core.spec import BATCH_STATISTICS, VERIFICATION, Part
from fewshot.protocols import load_protocol


def figures(rows: Sequence[dict], protocols: Iterable[str | Part]) -> tuple[dict, ...]:
    """The figures of `[[published]]`, one for each task of a row.

    Raises `RequestError` for a task that none of the suite's protocols poses.
    """
    found = [load_protocol(one) for one in protocols]
    posed = {episodes.name for one in found for episodes in one.test}
    posed |= {VERIFICATION} if any(one.verify for one in found) else set()
    for number, row in enumerate(rows):
        several = isinstance(row["accuracy"], dict)
        for task in row["accuracy"] if several else [row["task"]]:
            if task.removesuffix(f", {BATCH_STATISTICS}") not in posed:
                keys = ("accuracy", task) if several else ("task",)
                raise unknown("task of this suite", task, posed, "published", number, *keys)
    return tuple(one for number, row in enumerate(rows) for one in _figures(row, number))


def _figures(row: dict, number: int) -> list[dict]:
    """The figure of each task of a published row, which knows the row's number."""
    if not isinstance(row["accuracy"], dict):
        return [row | {"row": number}]
    common = {key: value for key, value in row.items() if key != "half_width"} | {"row": number}
    half = row.get("half_width", {})
    return [
        common | {"task": task, "accuracy": value} | ({"half_width": half[task]} if task in half else {})
        for task, value in row["accuracy"].items()
    ]
