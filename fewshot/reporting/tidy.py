"""A tidy list of a table's figures: one line each, plain numbers and names."""

from collections.abc import Sequence

import numpy as np

from fewshot.core.spec import RunSpec
from fewshot.core.stats import t_interval
from fewshot.reporting.blocks import Block
from fewshot.reporting.columns import KEYS, RECIPE
from fewshot.reporting.comparisons import Comparison
from fewshot.reporting.summary import Method

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
    header = (*(COLUMNS.get(key, key) for key in keys), "stage", *FIGURES, *ENDING)
    return Block(header, tuple(tuple(line.get(name, "") for name in header) for line in lines))


def _method(spec: RunSpec) -> dict[str, str]:
    values = {COLUMNS.get(name, name): key.value(spec) for name, key in KEYS.items()}
    values["loss"] = spec.loss and spec.loss.name  # where a table's row names the learner
    return {name: "" if value is None else str(value) for name, value in values.items()} | {"stage": spec.stage}


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
