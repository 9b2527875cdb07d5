"""The loss that a run's loss is under the run's conditions, by the marks of the parts, which conformance checks."""

from collections.abc import Sequence

from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import entries

EPISODE, ALL = "episode", "all"


def same_loss(spec: RunSpec, found: Sequence[str] = ()) -> tuple[str, str, str] | None:
    """The loss that a run's loss is but for a temperature, its similarity and its pairs; None without a loss.

    `found` are the package's loss, and its pairs, that a trial showed a plug-in's or a library's to be. Two runs of
    different losses with one answer learn by one loss, equal in value and gradient. Several shots tell losses apart
    that one shot does not.
    """
    if not (spec.loss and spec.similarity and spec.training):
        return None
    name, pairs = found or (spec.loss.name, spec.loss.options.get("pairs", ""))
    pairs = "" if _lacks_pairs(name) else pairs or EPISODE
    met = {name}  # a plug-in's marks may lead back to it
    while (own := _other_name(name, pairs, spec.training.shape.shot)) not in met | {""}:
        met.add(name := own)
    return name, spec.similarity.name, ALL if pairs == ALL or _lacks_pairs(name) else EPISODE


def _other_name(name: str, pairs: str, shot: int) -> str:
    """The loss of which another is a variant; empty for one that is none."""
    if not (entry := entries("losses").get(name)):  # of a family, or a plug-in that is not loaded
        return ""
    marks = entry.marks
    return marks.all_pairs if pairs == ALL else marks.one_shot if shot == 1 else ""


def _lacks_pairs(name: str) -> bool:
    entry = entries("losses").get(name)
    return entry is None or "pairs" not in entry.options
