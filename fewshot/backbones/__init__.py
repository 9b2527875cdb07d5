"""Backbones: one file each. A backbone is a callable `(shape, *, options) -> Encoder`, `shape` being the images'
`(channel, height, width)`."""

from collections.abc import Callable

from fewshot.contracts import Encoder

Backbone = Callable[..., Encoder]


def backbone(*, revision: int = 1) -> Callable[[Backbone], Backbone]:
    """Mark a class or function as the backbone of its file's name; `revision` is raised when its numbers change."""

    def mark(make: Backbone) -> Backbone:
        make.kind = "backbones"
        make.revision = revision
        return make

    return mark
