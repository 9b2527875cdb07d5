"""The published figures of a suite, one for each task."""

from collections.abc import Iterable, Sequence

from fewshot.core.errors import unknown
from fewshot.core.spec import BATCH_STATISTICS, VERIFICATION, Part
from fewshot.protocols import load_protocol

FIGURES = ("accuracy", "half_width")  # of one task or, in a table, of each of several


def figures(rows: Sequence[dict], protocols: Iterable[str | Part]) -> tuple[dict, ...]:
    """The figures of `[[published]]`, one for each task of a row, whose number it knows.

    Raises `RequestError` for a task that none of the suite's protocols poses.
    """
    found = [load_protocol(one) for one in protocols]
    posed = {figure for one in found for episodes in one.test for figure in episodes.figures}
    posed |= {VERIFICATION} if any(one.verify for one in found) else set()
    figures = []
    for number, row in enumerate(rows):
        several = isinstance(row["accuracy"], dict)
        common = {key: value for key, value in row.items() if key not in FIGURES} | {"row": number}
        by_task = {key: row[key] if several else {row["task"]: row[key]} for key in FIGURES if key in row}
        for task in by_task["accuracy"]:
            if task.removesuffix(f", {BATCH_STATISTICS}") not in posed:
                keys = ("accuracy", task) if several else ("task",)
                raise unknown("task of this suite", task, posed, "published", number, *keys)
            own = {key: values[task] for key, values in by_task.items() if task in values}
            figures.append(common | {"task": task} | own)
    return tuple(figures)
