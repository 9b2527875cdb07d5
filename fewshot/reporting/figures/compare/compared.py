"""The methods of a table compared in pairs, as rows of source data: one a method, the best of its task first."""

from collections import Counter
from collections.abc import Sequence

from fewshot.reporting.comparisons.difference_table import groups
from fewshot.reporting.comparisons.differences import differences
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import digits, ids, methods, numbers, plain
from fewshot.reporting.summary import Method

FEW = 3  # methods; of fewer there is one difference
NEEDS = f"needs records of {FEW} methods on the same episodes"


def data(given: Given) -> list[dict]:
    """Rows with a method's mean and half-width, its differences from every method of its task, in the rows' order, and
    whether they are told apart: 5 % by Holm over all pairs, with `units` and trainings as random effects."""
    rows, found = [], [(task, group) for task, group in groups(methods(given.records)) if len(group) >= FEW]
    titles = _titles(found)
    for title, (task, group) in zip(titles, found, strict=True):
        each = {(one.one.spec.id, one.other.spec.id): one for one in differences(group, task)}
        names = [method.spec.id for method in group]
        units = " or ".join(dict.fromkeys(one.units for one in each.values()))
        for method in group:
            pairs = [each.get((method.spec.id, name)) or each.get((name, method.spec.id)) for name in names]
            signs = [1 if (method.spec.id, name) in each else -1 for name in names]
            interval = method.over_classes(task) or method.over_episodes(task)
            rows.append(
                {"task": task, "title": title, **plain(method), **numbers(interval),
                 "said": str(interval).partition(" ")[0], "units": units, "pairs": len(each),
                 "differences": [digits(sign * one.interval.mean) if one else 0.0
                                 for sign, one in zip(signs, pairs, strict=True)],
                 "told_apart": [bool(one and one.told_apart) for one in pairs],
                 "seeds": max(map(len, method.folds.values() or [method.records])), "records": ids(method)}
            )  # fmt: skip
    return rows


def _titles(found: Sequence[tuple[str, list[Method]]]) -> list[str]:
    """The kinds of task, with the protocol where one is of several, then the folds, and a number at last."""
    titles = [task for task, _ in found]
    for more in (
        lambda group, _: group[0].texts["protocol"],
        lambda group, _: "folds " + ", ".join(map(str, group[0].folds)) if group[0].folds else "",
        lambda _, number: f"{number}",
    ):
        times = Counter(titles)
        titles = [
            ", ".join(filter(None, (title, more(group, number) if times[title] > 1 else "")))
            for number, (title, (_, group)) in enumerate(zip(titles, found, strict=True), 1)
        ]
    return titles


def panels(rows: Sequence[dict]) -> dict[str, list[dict]]:
    """The rows of each kind of task, by its title."""
    return {one: [row for row in rows if row["title"] == one] for one in dict.fromkeys(row["title"] for row in rows)}


def basis(rows: Sequence[dict]) -> str:
    """The test of the pairs in words."""
    trainings = " and trainings" if any(row["seeds"] > 1 for row in rows) else ""
    each = dict.fromkeys(f"{row['pairs']:,} pairs, with {row['units']}{trainings}" for row in rows)
    return f"5 % by Holm over {'; '.join(each)} as random effects"
