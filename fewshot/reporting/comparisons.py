"""Comparisons of methods: stars, differences from published figures, and a newcomer's difference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.errors import RequestError, at
from fewshot.core.spec import RunSpec
from fewshot.core.stats import Interval, holm, paired_difference, t_interval
from fewshot.reporting.columns import fits, shown
from fewshot.reporting.labels import names
from fewshot.reporting.summary import Row


@dataclass(frozen=True)
class Comparison:
    """A published figure, the method of ours that it is held against ("" if none), and what came of it."""

    item: dict
    name: str = ""
    ours: Interval | None = None
    difference: Interval | None = None  # ours − published


def not_worse_than_best(methods: Sequence[np.ndarray]) -> list[bool]:
    """Which methods are the best or cannot be told from it: paired t-tests over the same episodes, Holm at 5 %."""
    best = int(np.argmax([values.mean() for values in methods]))
    others = [i for i in range(len(methods)) if i != best]
    p = [paired_difference(methods[best], methods[i])[1] for i in others]
    adjusted = dict(zip(others, holm(p) if p else [], strict=True))
    return [bool(i == best or adjusted[i] > 0.05) for i in range(len(methods))]


def episodes_of(row: Row, task: str) -> tuple:
    """What rows must share to be compared in pairs: the very same episodes."""
    return task, str(row.spec.dataset), str(row.spec.protocol), row.spec.stage, len(row.accuracy[task])


def against_published(published: Sequence[dict], rows: Sequence[Row], lost: Sequence[RunSpec] = ()) -> list[Comparison]:
    """Every published figure against the row that it says it is `like`, or else our best on its task.

    Where several methods are like it, it is the best of them. `lost` are methods of ours without a record.
    """
    specs = [*(row.spec for row in rows), *lost]
    called, found = names(specs), []
    protocols = sorted({shown(spec, "protocol") for spec in specs})
    several = protocols if len(protocols) > 1 else ()
    for number, item in enumerate(published):
        with at("published", item.get("row", number), "like"):
            if several and "protocol" not in item.get("like", {}):
                raise RequestError(
                    f"like: expected a protocol, one of {', '.join(several)}, as the rows are of several"
                )
            alike = [i for i, spec in enumerate(specs) if fits(spec, item.get("like", {}))]
        there = [i for i in alike if i < len(rows) and item["task"] in rows[i].accuracy]
        unmet = alike[0] if alike and "like" in item else None
        place = max(there, key=lambda i: rows[i].accuracy[item["task"]].mean(), default=unmet)
        if place is None or place >= len(rows) or item["task"] not in rows[place].accuracy:
            found.append(Comparison(item, "" if place is None else called[place]))
            continue
        ours = t_interval(rows[place].accuracy[item["task"]])
        half = float(np.hypot(ours.half, item.get("half_width", 0.0) / 100))
        found.append(Comparison(item, called[place], ours, Interval(ours.mean - item["accuracy"] / 100, half, ours.n)))
    return found


def newcomers(rows: Sequence[Row]) -> list[str]:
    """For each row with a plug-in's part, a sentence on each task: its paired difference from the best other row."""
    called = names([row.spec for row in rows])
    sentences = []
    for row, name in zip(rows, called, strict=True):
        for task in row.accuracy if _is_new(row) else ():
            there = [i for i, other in enumerate(rows) if other is not row and task in other.accuracy]
            there = [i for i in there if episodes_of(rows[i], task) == episodes_of(row, task)]
            there = [i for i in there if rows[i].spec.training] or there
            there = [i for i in there if not _is_new(rows[i])] or there
            if not there:
                continue
            best = max(there, key=lambda i: rows[i].accuracy[task].mean())
            found = paired_difference(row.accuracy[task], rows[best].accuracy[task])[0]
            verdict = "excludes 0" if abs(found.mean) > found.half else "includes 0: not told apart"
            sentences.append(
                f"{name} − {called[best]} (the best other): {signed(found)} on {task}, "
                f"n = {found.n} episodes, paired; its 95 % interval {verdict}"
            )
    return sentences


def signed(interval: Interval) -> str:
    """A difference in points: "−1.2 ± 0.9"."""
    return f"{round(100 * interval.mean, 1) + 0.0:+.1f} ± {100 * interval.half:.1f}".replace("-", "−")


def _is_new(row: Row) -> bool:
    """Whether a part of the method itself is a plug-in's; the data set and the protocol are every row's."""
    spec = row.spec
    return any(part and part.sha256 for part in (spec.learner, spec.backbone, spec.similarity, spec.loss))
