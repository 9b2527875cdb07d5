"""Tidy data: every figure on a line of its own, as a table's CSV has them or as a pandas frame of all records."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from fewshot.core.checks import of_type
from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.crossed import crossed_interval
from fewshot.core.statistics.pairs import Share
from fewshot.records.record import RunRecord
from fewshot.records.store import records_below
from fewshot.registry.source import KINDS
from fewshot.reporting import identification
from fewshot.reporting.blocks import Block
from fewshot.reporting.columns import KEYS, RECIPE
from fewshot.reporting.comparisons.published import Comparison
from fewshot.reporting.summary import Method
from fewshot.reporting.verification import references

if TYPE_CHECKING:
    from pandas import DataFrame

COLUMNS = {"size": "px", "learn": "learned_from"}  # a key's name, where it is not the key itself
RARE = dict.fromkeys((*RECIPE, "images", "strokes", "fold"), ("",)) | {
    "revision": ("", "1")
}  # keys without a column for these values
FIGURES = (
    "task", "accuracy", "half_width", "n", "half_width_classes", "low_classes", "high_classes", "units", "n_units",
    "half_width_by_class", "n_classes", "seeds", "sd_over_seeds", "folds", "standard_error",
    "roc_area", "roc_area_low", "roc_area_high", "equal_error_rate", "equal_error_rate_low", "equal_error_rate_high",
)  # fmt: skip
OF_FOLDS = ("folds", "standard_error")  # figures without a column where no row has folds
NO_MORE: Mapping[str, Mapping[str, str]] = MappingProxyType({})
ENDING = ("status", "source", "trust", "note", "ours", "ours_accuracy", "difference", "difference_half_width")


def tidy(
    methods: Sequence[Method], held: Sequence[Comparison], more: Mapping[str, Mapping[str, str]] = NO_MORE
) -> Block:
    """A line for each method and task, each method without a record and each published figure.

    Accuracies and differences are shares of 1; a value that does not apply is empty. Distortions, folds and raised
    revisions have columns where any line has one. `more` has further figures, by the spec's id.
    """
    lines = [
        {**_figure(method, task), **more.get(method.spec.id, {})} for method in methods for task in method.accuracy
    ]
    lines += [_method(method.spec) | {"status": method.why} for method in methods if not method.records]
    lines += [_literature(one) for one in held]
    keys = [key for key in KEYS if key not in RARE or any(line.get(key, "") not in RARE[key] for line in lines)]
    if len({method.spec.dataset.name for method in methods}) < 2:
        keys.remove("dataset")
    header = (
        *(COLUMNS.get(key, key) for key in keys),
        *(name for name in FIGURES if name not in OF_FOLDS or any(line.get(name) for line in lines)),
        *dict.fromkeys(name for one in more.values() for name in one),
        *ENDING,
    )
    return Block(header, tuple(tuple(line.get(name, "") for name in header) for line in lines))


def _method(spec: RunSpec) -> dict[str, str]:
    values = {COLUMNS.get(name, name): key.value(spec) for name, key in KEYS.items()}
    values["loss"] = spec.loss and spec.loss.name  # where a table's row names the learner
    return {name: "" if value is None else str(value) for name, value in values.items()}


def _figure(method: Method, task: str) -> dict[str, str]:
    found, means = method.over_episodes(task), method.by_seed[task]
    return _method(method.spec) | {
        "task": task,
        "accuracy": f"{found.mean:.4f}",
        "half_width": f"{found.half:.4f}",
        "n": str(found.n),
        **_over_classes(method, task),
        "seeds": str(len(means)) if not method.folds else "",
        "folds": str(len(method.folds) or ""),
        "standard_error": f"{method.standard_error(task):.4f}" if method.folds else "",
        "sd_over_seeds": f"{np.std(means, ddof=1):.4f}" if len(means) > 1 else "",
        "roc_area": f"{method.area:.4f}",
        "equal_error_rate": f"{method.equal_error:.4f}",
        **_over_identities(method),
        "status": "recorded",
        "source": "this suite",
    }


def _over_classes(method: Method, task: str) -> dict[str, str]:
    """The half-width over units and trainings; that over single classes too, where groups are the units."""
    units, interval = method.units(task), method.over_classes(task)
    classes, found = units and units.by_class, {}
    if units and interval:
        found |= {"half_width_classes": f"{interval.half:.4f}", "units": units.word, "n_units": str(len(units.names))}
        ends = [interval.mean - interval.half, interval.mean + interval.half]
        low, high = (interval.low, interval.high) if isinstance(interval, Share) else ends
        found |= {"low_classes": f"{low:.4f}", "high_classes": f"{high:.4f}"}
    if classes:
        half = crossed_interval(classes.values).half
        found |= {"half_width_by_class": f"{half:.4f}", "n_classes": str(len(classes.names))}
    return found


def _over_identities(method: Method) -> dict[str, str]:
    if not (pairs := method.pairs):
        return {}
    found = {"roc_area": pairs.area.interval, "equal_error_rate": pairs.equal_error.interval}
    return {f"{name}_{end}": f"{getattr(one, end):.4f}" for name, one in found.items() for end in ("low", "high")}


def _literature(held: Comparison) -> dict[str, str]:
    item = held.item
    line = {name: item.get(name, "") for name in ("method", "task", "source", "trust", "note")}
    line |= {"accuracy": share_of(item["accuracy"]), "status": "published", "ours": held.name}
    if "half_width" in item:
        line["half_width"] = share_of(item["half_width"])
    if held.ours and held.difference:
        line["ours_accuracy"] = f"{held.difference.mean + item['accuracy'] / 100:.4f}"
        line["difference"] = f"{held.difference.mean:.4f}"
        line["difference_half_width"] = f"{held.difference.half:.4f}"
    return line


def share_of(per_cent: float) -> str:
    """A published figure as a share of 1, of four decimals or as many as it has: "0.9600", "0.000578"."""
    share = round(per_cent / 100, 12)
    return f"{share:.4f}" if round(share, 4) == share else f"{share:.12f}".rstrip("0")


def results(results: Path | str = "results", *, episodes: bool = False) -> "DataFrame":
    """One row for each run and kind of task of a results folder: parts, accuracy and 95 % half-widths (0 to 1), facts.

    Runs that make a known mistake, those of the suite `pitfalls`, are no results and are left out.
    `method` and `network` are the loss (or learner) and the backbone with the options that are not their defaults;
    an ensemble of five networks is "5 × triplet" and has no seed.
    Probes of galleries and several references add columns, named as in a table's CSV.
    `half_width` is over episodes, `half_width_classes` over classes or groups of them, for the run's one network. With
    `episodes` there is one row for each episode and the accuracy is that of the episode, so that methods can be paired.

    >>> import fewshot
    >>> table = fewshot.run("quickstart", only="learner=pixels", stage="val", results="mine")
    >>> fewshot.results("mine")[["learner", "task", "episodes"]]
      learner           task  episodes
    0  pixels  20-way 1-shot       300
    >>> fewshot.results("mine", episodes=True).groupby("learner").accuracy.count()
    learner
    pixels    300
    Name: accuracy, dtype: int64
    """
    import pandas

    of_type(str | Path, results=results)
    of_type(bool, episodes=episodes)
    rows = [row for record in records_below(Path(results)) for row in (_each if episodes else _summed)(record)]
    frame = pandas.DataFrame(rows)
    if not episodes:
        return frame
    return frame.explode(["episode", "accuracy"], ignore_index=True).astype({"episode": int, "accuracy": float})


def _common(method: Method) -> dict[str, object]:
    """The columns of a run, the same for every measurement."""
    spec, recipe = method.spec, method.spec.training
    parts = {kind: getattr(spec, kind) for kind in KINDS}
    return {
        "id": spec.id,
        **{kind: part.name if part else None for kind, part in parts.items()},
        "method": method.texts["method"],
        "network": method.texts["network"] if spec.backbone else None,
        "stage": spec.stage,
        "fold": spec.fold or fold_of(spec),
        **{name: getattr(spec, name) for name in ("revision", "size")},
        "seed": None if spec.members else spec.seed,
        "learn": recipe and recipe.learn,
        "steps": recipe.steps if recipe else 0,
        "learning_rate": recipe and recipe.learning_rate,
    }


def _summed(record: RunRecord) -> Iterator[dict[str, object]]:
    """A row for each kind of task."""
    method = Method(record.spec, "", (record,))
    ending = {"roc_area": method.area, "equal_error_rate": method.equal_error}
    more = identification.tidy_values(method) | references.tidy_values(method)
    ending |= {name: float(value) for name, value in more.items()}
    ending |= {key: record.facts.get(key) for key in ("commit", "device", "seconds")}
    for task in record.accuracy:
        found, units, over = method.over_episodes(task), method.units(task), method.over_classes(task)
        measured = {"task": task, "accuracy": found.mean, "half_width": found.half, "episodes": found.n}
        measured |= {"half_width_classes": over and over.half}
        measured |= {"units": units and units.word, "n_units": units and len(units.names)}
        yield _common(method) | measured | ending


def _each(record: RunRecord) -> Iterator[dict[str, object]]:
    """A row for each kind of task, with lists of its episodes and their accuracies."""
    common = _common(Method(record.spec, "", (record,)))
    for task, values in record.accuracy.items():
        yield common | {"task": task, "episode": range(len(values)), "accuracy": values}
