"""Comparisons of methods: stars, differences from published figures, and a newcomer's difference."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.errors import RequestError, at
from fewshot.core.statistics.intervals import Interval, paired_difference, t_interval
from fewshot.core.statistics.multiple import holm
from fewshot.reporting.columns import fits
from fewshot.reporting.summary import Method


@dataclass(frozen=True)
class Comparison:
    """A published figure, the method of ours that it is compared with ("" if none), and their difference."""

    item: dict
    name: str = ""
    ours: Interval | None = None
    difference: Interval | None = None  # ours − published


def not_worse_than_best(methods: Sequence[np.ndarray]) -> list[bool]:
    """True for the best method and those not distinguishable from it: paired t-tests over episodes, Holm at 5 %."""
    best = int(np.argmax([values.mean() for values in methods]))
    others = [i for i in range(len(methods)) if i != best]
    p = [paired_difference(methods[best], methods[i])[1] for i in others]
    adjusted = dict(zip(others, holm(p) if p else [], strict=True))
    return [bool(i == best or adjusted[i] > 0.05) for i in range(len(methods))]


def episodes_of(method: Method, task: str) -> tuple:
    """The key that methods share if they can be compared in pairs: the very same episodes."""
    spec = method.spec
    return task, str(spec.dataset), str(spec.protocol), spec.stage, spec.fold, spec.folds, len(method.accuracy[task])


def against_published(published: Sequence[dict], methods: Sequence[Method]) -> list[Comparison]:
    """Every published figure against the best of the methods that it is `like`, or else our best on its task."""
    protocols = sorted({method.texts["protocol"] for method in methods})
    several = protocols if len(protocols) > 1 else ()
    found = []
    for number, item in enumerate(published):
        task, like = item["task"], item.get("like", {})
        with at("published", item.get("row", number), "like"):
            if several and "protocol" not in like:
                raise RequestError(
                    f"like: expected a protocol, one of {', '.join(several)}, as the rows are of several"
                )
            alike = [method for method in methods if fits(method.spec, like)]
        best = _best([method for method in alike if task in method.accuracy], task)
        if best is None:
            found.append(Comparison(item, alike[0].label if alike and "like" in item else ""))
            continue
        ours = t_interval(best.accuracy[task])
        half = float(np.hypot(ours.half, item.get("half_width", 0.0) / 100))
        found.append(Comparison(item, best.label, ours, Interval(ours.mean - item["accuracy"] / 100, half, ours.n)))
    return found


def newcomers(methods: Sequence[Method]) -> list[str]:
    """The paired difference of each method with a plug-in's part from the best other trained row, a sentence a task."""
    sentences = []
    for method in methods:
        for task in method.accuracy if _is_new(method) else ():
            others = [other for other in methods if other is not method and task in other.accuracy]
            others = [other for other in others if episodes_of(other, task) == episodes_of(method, task)]
            others = [other for other in others if other.spec.training] or others
            best = _best([other for other in others if not _is_new(other)] or others, task)
            if best is None:
                continue
            found = paired_difference(method.accuracy[task], best.accuracy[task])[0]
            verdict = "excludes 0" if abs(found.mean) > found.half else "includes 0: not told apart"
            sentences.append(
                f"{method.label} − {best.label} (the best other trained row): {signed(found)} on {task}, "
                f"n = {found.n} episodes, paired; its 95 % interval {verdict}"
            )
    return sentences


def _best(methods: Sequence[Method], task: str) -> Method | None:
    return max(methods, key=lambda method: method.accuracy[task].mean(), default=None)


def signed(interval: Interval) -> str:
    """A difference in points: "−1.2 ± 0.9"."""
    return f"{round(100 * interval.mean, 1) + 0.0:+.1f} ± {100 * interval.half:.1f}".replace("-", "−")


def _is_new(method: Method) -> bool:
    """True if a part of the method itself is a plug-in's; the data set and the protocol are every method's."""
    spec = method.spec
    return any(part and part.sha256 for part in (spec.learner, spec.backbone, spec.similarity, spec.loss))
