"""Backbones: one file each. A backbone is a callable `(shape, *, options) -> Encoder`, `shape` being the images'
`(channel, height, width)`."""

from collections.abc import Callable
from functools import partial

from fewshot.contracts import Encoder

Backbone = Callable[..., Encoder]


def backbone(make: Backbone | None = None, *, side: int = 28, family: str = "", revision: int = 1) -> Callable:
    """Mark a class or function as the backbone of its file's name.

    `side` is that of the smallest images that it is meant for, in pixels, with which it is checked; `family` names the
    option that is written after a colon ("torchvision:resnet18"); `revision` is raised when its numbers change.
    """
    if make is None:
        return partial(backbone, side=side, family=family, revision=revision)
    make.kind = "backbones"
    make.side, make.revision = side, revision
    return make
