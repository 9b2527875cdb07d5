"""Published figures held against ours, with the error that both carry."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.errors import RequestError, at
from fewshot.core.spec.names import PAIR_FIGURES, SKILLED_FIGURES
from fewshot.core.statistics.intervals import Interval
from fewshot.reporting.columns import fits
from fewshot.reporting.comparisons.differences import best_of
from fewshot.reporting.summary import Method

NORMAL = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Comparison:
    """A published figure, the method of ours that it is compared with ("" if none), and their difference."""

    item: dict
    name: str = ""
    ours: Method | None = None
    difference: Interval | None = None  # ours − published


def as_published(value: float) -> str:
    """A published figure with its source's digits, and one decimal at least: "96.0", "79.35"."""
    return f"{value:.1f}" if float(f"{value:.1f}") == value else f"{value:.12g}"


def against_published(published: Sequence[dict], methods: Sequence[Method]) -> list[Comparison]:
    """Every published figure against the best of the methods that it is `like`, or else our best on its task; against
    none where it is of another category, not `comparable`. An ensemble is taken only where no other method is alike."""
    protocols = sorted({method.texts["protocol"] for method in methods})
    several = protocols if len(protocols) > 1 else ()
    found = []
    for number, item in enumerate(published):
        if not item.get("comparable", True):
            found.append(Comparison(item))
            continue
        task, like = item["task"], item.get("like", {})
        with at("published", item.get("row", number), "like"):
            if several and "protocol" not in like:
                raise RequestError(
                    f"like: expected a protocol, one of {', '.join(several)}, as the rows are of several"
                )
            alike = [method for method in methods if fits(method.spec, like)]
            alike = [method for method in alike if not method.spec.members] or alike
        best, ours = _best(alike, task)
        if best is None or ours is None:
            found.append(Comparison(item, alike[0].label if alike and "like" in item else ""))
            continue
        half = float(np.hypot(ours.half, published_half(item) or 0.0))
        found.append(Comparison(item, best.label, best, Interval(ours.mean - item["accuracy"] / 100, half, ours.n)))
    return found


def _best(methods: Sequence[Method], task: str) -> tuple[Method | None, Interval | None]:
    """The best of the methods on a task, or by a figure of pairs, and its interval."""
    if task not in (*PAIR_FIGURES, *SKILLED_FIGURES):
        best = best_of([method for method in methods if task in method.accuracy], task)
        return best, best and (best.over_classes(task) or best.over_episodes(task))
    found = [(method, over) for method in methods if method.records and (over := method.over_pairs(task))]
    sign = 1 if task.startswith(PAIR_FIGURES[0]) else -1
    return max(found, key=lambda one: sign * one[1].mean, default=(None, None))


def published_half(item: dict) -> float | None:
    """The half-width of a published figure: its own, or that of a share of its `trials`; None where neither is known.

    The share is taken as half a trial at least from 0 and 1.
    """
    if "half_width" in item:
        return item["half_width"] / 100
    if "trials" not in item:
        return None
    trials = item["trials"]
    share = min(max(item["accuracy"] / 100, 0.5 / trials), 1 - 0.5 / trials)
    return float(NORMAL * np.sqrt(share * (1 - share) / trials))
