"""`Resolved`: a spec with its parts, each imported once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import load
from fewshot.registry.source import KINDS


def _part(kind: str) -> cached_property:
    def imported(self: "Resolved") -> Callable | None:
        part = getattr(self.spec, kind)
        return load(KINDS[kind], part.name) if part else None

    return cached_property(imported)


@dataclass(frozen=True)
class Resolved:
    """The functions and classes that a spec names, not yet called with the spec's options.

    A part is imported at its first use, which raises `RequestError` if it is unknown or cannot be imported. A part that
    the spec lacks is None.
    """

    spec: RunSpec

    dataset, learner, backbone, similarity, loss = map(_part, ("dataset", "learner", "backbone", "similarity", "loss"))
