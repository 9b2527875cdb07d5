"""`fewshot.results`: a pandas frame of all records, one row a run and kind of task."""

from pathlib import Path
from typing import TYPE_CHECKING

from fewshot.core.stats import equal_error_rate, roc_area, t_interval
from fewshot.records.store import read_records
from fewshot.registry.source import KINDS
from fewshot.reporting.columns import shown

if TYPE_CHECKING:
    from pandas import DataFrame


def results(results: Path | str | None = "results") -> "DataFrame":
    """One row for each run and kind of task: what was run, accuracy and its 95 % half-width (0 to 1), and the facts.

    `method` and `network` are the loss (or learner) and the backbone with the options that are not their defaults.
    """
    import pandas

    rows = []
    for record in read_records(Path(results)).values():
        spec, facts = record.spec, record.facts
        parts = {kind: getattr(spec, kind) for kind in KINDS}
        common = {"id": record.id} | {kind: part.name if part else None for kind, part in parts.items()}
        common |= {"method": shown(spec, "method"), "network": shown(spec, "network") if spec.backbone else None}
        common |= {"stage": spec.stage, "size": spec.size, "seed": spec.seed}
        recipe = spec.training
        common |= {"learn": recipe and recipe.learn, "steps": recipe.steps if recipe else 0}
        common |= {"learning_rate": recipe and recipe.learning_rate}
        pairs = {
            "roc_area": roc_area(record.same, record.different),
            "equal_error_rate": equal_error_rate(record.same, record.different),
        }
        for task, values in record.accuracy.items():
            interval = t_interval(values)
            found = {"task": task, "accuracy": interval.mean, "half_width": interval.half, "episodes": interval.n}
            rows.append(common | found | pairs | {key: facts.get(key) for key in ("commit", "device", "seconds")})
    return pandas.DataFrame(rows)
