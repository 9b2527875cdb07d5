"""Tidy data: every figure on a line of its own, as a table's CSV has them or as a pandas frame of all records."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fewshot.core.spec import RunSpec
from fewshot.core.stats import t_interval
from fewshot.records.store import read_records
from fewshot.registry.source import KINDS
from fewshot.reporting.blocks import Block
from fewshot.reporting.columns import KEYS, RECIPE
from fewshot.reporting.comparisons import Comparison
from fewshot.reporting.summary import Method

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = {"size": "px", "learn": "learned_from"}  # a key's name, where it is not the key itself
FIGURES = ("task", "accuracy", "half_width", "n", "seeds", "sd_over_seeds", "roc_area", "equal_error_rate")
ENDING = ("status", "source", "trust", "note", "ours", "ours_accuracy", "difference", "difference_half_width")


def tidy(methods: Sequence[Method], held: Sequence[Comparison]) -> Block:
    """A line for each method and task, each method without a record and each published figure.

    Accuracies and differences are shares of 1; what does not apply is empty. What is done to photographs has columns
    where it is done to any.
    """
    lines = [_figure(method, task) for method in methods for task in method.accuracy]
    lines += [_method(method.spec) | {"status": method.why} for method in methods if not method.records]
    lines += [_literature(one) for one in held]
    keys = [key for key in KEYS if key not in RECIPE or any(line.get(key) for line in lines)]
    if len({method.spec.dataset.name for method in methods}) < 2:
        keys.remove("dataset")
    header = (*(COLUMNS.get(key, key) for key in keys), *FIGURES, *ENDING)
    return Block(header, tuple(tuple(line.get(name, "") for name in header) for line in lines))


def _method(spec: RunSpec) -> dict[str, str]:
    values = {COLUMNS.get(name, name): key.value(spec) for name, key in KEYS.items()}
    values["loss"] = spec.loss and spec.loss.name  # where a table's row names the learner
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _figure(method: Method, task: str) -> dict[str, str]:
    found, means = t_interval(method.accuracy[task]), method.by_seed[task]
    return _method(method.spec) | {
        "task": task,
        "accuracy": f"{found.mean:.4f}",
        "half_width": f"{found.half:.4f}",
        "n": str(found.n),
        "seeds": str(len(means)),
        "sd_over_seeds": f"{np.std(means, ddof=1):.4f}" if len(means) > 1 else "",
        "roc_area": f"{method.area:.4f}",
        "equal_error_rate": f"{method.equal_error:.4f}",
        "status": "recorded",
        "source": "this suite",
    }


def _literature(held: Comparison) -> dict[str, str]:
    item = held.item
    line = {name: item.get(name, "") for name in ("method", "task", "source", "trust", "note")}
    line |= {"accuracy": f"{item['accuracy'] / 100:.4f}", "status": "published", "ours": held.name}
    if "half_width" in item:
        line["half_width"] = f"{item['half_width'] / 100:.4f}"
    if held.ours and held.difference:
        line["ours_accuracy"] = f"{held.ours.mean:.4f}"
        line["difference"] = f"{held.difference.mean:.4f}"
        line["difference_half_width"] = f"{held.difference.half:.4f}"
    return line


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
