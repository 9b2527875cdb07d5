"""Backbones: one file each, a callable `(shape, *, options) -> Encoder`.

`shape` is the images' `(channel, height, width)`.
"""

from collections.abc import Callable, Sequence
from functools import partial

from fewshot.core.types import Encoder

Backbone = Callable[..., Encoder]


def backbone(
    make: Backbone | None = None,
    *,
    side: int = 28,
    family: str = "",
    examples: Sequence[str] = (),
    pretrained: str = "",
    seen: str = "",
    revision: int = 1,
) -> Callable:
    """Mark a class or function as the backbone of its file's name.

    `side` is that of the smallest images that it is meant for, in pixels, with which it is checked; `family` names the
    option that is written after a colon ("torchvision:resnet18"), of which `examples` are some values. `pretrained`
    names the option that asks for pretrained weights, and `seen` the images that those have learned from: a table says
    so, and where a data set is `made_of` them. `revision` is raised when its numbers change.
    """
    marks = {"side": side, "family": family, "examples": examples, "pretrained": pretrained, "seen": seen}
    marks |= {"revision": revision}
    if make is None:
        return partial(backbone, **marks)
    make.kind = "backbones"
    for name, value in marks.items():
        setattr(make, name, value)
    return make
