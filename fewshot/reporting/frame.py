"""`fewshot.results`: a pandas frame of all records, one row a run and kind of task."""

from pathlib import Path
from typing import TYPE_CHECKING

from fewshot.core.stats import t_interval
from fewshot.records.store import read_records
from fewshot.registry.source import KINDS
from fewshot.reporting.summary import Method

if TYPE_CHECKING:
    from pandas import DataFrame


def results(results: Path | str | None = "results") -> "DataFrame":
    """One row for each run and kind of task: what was run, accuracy and its 95 % half-width (0 to 1), and the facts.

    `method` and `network` are the loss (or learner) and the backbone with the options that are not their defaults.
    """
    import pandas

    rows = []
    for record in read_records(Path(results)).values():
        spec, recipe, found = record.spec, record.spec.training, Method(record.spec, "", (record,))
        parts = {kind: getattr(spec, kind) for kind in KINDS}
        common = {"id": record.id} | {kind: part.name if part else None for kind, part in parts.items()}
        common |= {"method": found.texts["method"], "network": found.texts["network"] if spec.backbone else None}
        common |= {"stage": spec.stage, "size": spec.size, "seed": spec.seed}
        common |= {"learn": recipe and recipe.learn, "steps": recipe.steps if recipe else 0}
        common |= {"learning_rate": recipe and recipe.learning_rate}
        ending = {"roc_area": found.area, "equal_error_rate": found.equal_error}
        ending |= {key: record.facts.get(key) for key in ("commit", "device", "seconds")}
        for task, values in found.accuracy.items():
            interval = t_interval(values)
            measured = {"task": task, "accuracy": interval.mean, "half_width": interval.half, "episodes": interval.n}
            rows.append(common | measured | ending)
    return pandas.DataFrame(rows)
