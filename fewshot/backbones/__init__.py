"""Backbones: one file each. A backbone is a callable `(shape, *, options) -> Encoder`, `shape` being the images'
`(channel, height, width)`."""

from collections.abc import Callable
from functools import partial

from fewshot.contracts import Encoder

Backbone = Callable[..., Encoder]


def backbone(make: Backbone | None = None, *, revision: int = 1) -> Callable:
    """Mark a class or function as the backbone of its file's name; `revision` is raised when its numbers change."""
    if make is None:
        return partial(backbone, revision=revision)
    make.kind = "backbones"
    make.revision = revision
    return make
