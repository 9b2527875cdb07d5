"""`Resolved`: a spec with its parts, each found by name and imported once."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from fewshot.core.spec import RunSpec
from fewshot.registry.lookup import load
from fewshot.registry.source import KINDS


@dataclass(frozen=True)
class Resolved:
    """What the names of `spec` stand for: functions and classes, not yet called with the spec's options.

    A part is imported when it is first wanted. Raises `RequestError` then, if it is unknown or cannot be imported.
    """

    spec: RunSpec

    @cached_property
    def dataset(self) -> Callable:
        return self._part("dataset")

    @cached_property
    def learner(self) -> Callable:
        return self._part("learner")

    @cached_property
    def backbone(self) -> Callable | None:
        return self._part("backbone")

    @cached_property
    def similarity(self) -> Callable | None:
        return self._part("similarity")

    @cached_property
    def loss(self) -> Callable | None:
        return self._part("loss")

    def _part(self, kind: str) -> Callable | None:
        part = getattr(self.spec, kind)
        return load(KINDS[kind], part.name) if part else None
