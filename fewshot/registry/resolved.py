"""`Resolved`: a spec with its parts, each found by name and imported once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from fewshot.core.spec import RunSpec
from fewshot.registry.lookup import load
from fewshot.registry.source import KINDS


def _part(kind: str) -> cached_property:
    def imported(self: "Resolved") -> Callable | None:
        part = getattr(self.spec, kind)
        return load(KINDS[kind], part.name) if part else None

    return cached_property(imported)


@dataclass(frozen=True)
class Resolved:
    """What the names of `spec` stand for: functions and classes, not yet called with the spec's options.

    A part is imported when it is first wanted; one that the spec has not is None. Raises `RequestError` then, if it is
    unknown or cannot be imported.
    """

    spec: RunSpec

    dataset, learner, backbone, similarity, loss = map(_part, ("dataset", "learner", "backbone", "similarity", "loss"))
