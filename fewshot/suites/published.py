"""The published figures of a suite, one for each task."""

from collections.abc import Iterable, Sequence

from fewshot.core.errors import unknown
from fewshot.core.spec.names import BATCH_STATISTICS, PAIR_FIGURES, SKILLED_FIGURES, VERIFICATION
from fewshot.core.spec.run_spec import Part
from fewshot.protocols import load_protocol
from fewshot.suites.schema import OF_PAIRS

FIGURES = ("accuracy", "half_width")  # of one task or, in a table, of each of several
SKILLED = dict(zip(PAIR_FIGURES, SKILLED_FIGURES, strict=True))


def figures(rows: Sequence[dict], protocols: Iterable[str | Part]) -> tuple[dict, ...]:
    """The figures of `[[published]]`, one for each task of a row, whose number it knows.

    The task of an equal error or a ROC area is its heading in a table; where there are forgeries, both are of skilled
    ones. Raises `RequestError` for a task that none of the suite's protocols poses.
    """
    found = [load_protocol(one) for one in protocols]
    posed = {figure for one in found for episodes in one.test for figure in episodes.figures}
    posed |= {VERIFICATION} if any(one.verify for one in found) else set()
    figures, forgeries = [], any(one.forgeries for one in found)
    for number, row in enumerate(rows):
        several = isinstance(row.get("accuracy"), dict)
        common = {key: value for key, value in row.items() if key not in (*FIGURES, *OF_PAIRS)} | {"row": number}
        of_pairs = [(SKILLED[name] if forgeries else name, row[key]) for key, name in OF_PAIRS.items() if key in row]
        figures += [common | {"task": task, "accuracy": value} for task, value in of_pairs]
        if of_pairs:
            continue
        by_task = {key: row[key] if several else {row["task"]: row[key]} for key in FIGURES if key in row}
        for task in by_task["accuracy"]:
            if task.removesuffix(f", {BATCH_STATISTICS}") not in posed:
                keys = ("accuracy", task) if several else ("task",)
                raise unknown("task of this suite", task, posed, "published", number, *keys)
            own = {key: values[task] for key, values in by_task.items() if task in values}
            figures.append(common | {"task": task} | own)
    return tuple(figures)
