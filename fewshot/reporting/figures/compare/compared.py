"""The methods of a long table compared in pairs, as rows of source data: one a method, the best of its task first."""

from collections.abc import Sequence

from fewshot.records.record import RunRecord
from fewshot.reporting.comparisons.difference_table import groups
from fewshot.reporting.comparisons.differences import differences
from fewshot.reporting.figures.methods import digits, ids, methods, numbers, plain

FEW = 8  # methods; of fewer, a table shows all differences at a glance
NEEDS = f"needs records of {FEW} methods on the same episodes"


def compared(records: Sequence[RunRecord]) -> list[dict]:
    """Rows with a method's mean and half-width, its differences from every method of its task, in the rows' order, and
    whether they are told apart: 5 % by Holm over all pairs, with `units` and trainings as random effects."""
    rows = []
    for task, group in groups(methods(records)):
        if len(group) < max(FEW, 2):
            continue
        found = {(one.one.spec.id, one.other.spec.id): one for one in differences(group, task)}
        names = [method.spec.id for method in group]
        units = next(iter(found.values())).units
        for method in group:
            pairs = [found.get((method.spec.id, name)) or found.get((name, method.spec.id)) for name in names]
            signs = [1 if (method.spec.id, name) in found else -1 for name in names]
            interval = method.over_classes(task) or method.over_episodes(task)
            rows.append(
                {"task": task, **plain(method), **numbers(interval), "units": units, "pairs": len(found),
                 "differences": [digits(sign * one.interval.mean) if one else 0.0
                                 for sign, one in zip(signs, pairs, strict=True)],
                 "told_apart": [bool(one and one.told_apart) for one in pairs],
                 "seeds": len(method.records), "records": ids(method)}
            )  # fmt: skip
    return rows


def panels(rows: Sequence[dict]) -> dict[str, list[dict]]:
    """The rows of each kind of task."""
    return {task: [row for row in rows if row["task"] == task] for task in dict.fromkeys(row["task"] for row in rows)}


def label(row: dict, rows: Sequence[dict]) -> str:
    """A method's name, with its network where the rows have several."""
    several = len({one["network"] for one in rows} - {""}) > 1
    return ", ".join(filter(None, (row["label"], row["network"] if several else "")))


def basis(rows: Sequence[dict]) -> str:
    """The test of the pairs in words."""
    trainings = " and trainings" if any(row["seeds"] > 1 for row in rows) else ""
    each = dict.fromkeys(f"{row['pairs']:,} pairs, with {row['units']}{trainings}" for row in rows)
    return f"5 % by Holm over {'; '.join(each)} as random effects"
