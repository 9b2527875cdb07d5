"""Backbones: one file each, a callable `(shape, *, options) -> Encoder`.

`shape` is that of an image, `(channel, height, width)`.
"""

from collections.abc import Callable

from fewshot.core.marks import BackboneMarks, marked
from fewshot.core.types import Encoder

Backbone = Callable[..., Encoder]


def backbone(make: Backbone | None = None, **marks: object) -> Callable:
    """Mark a class or function as the backbone of its file's name, with the keywords of `BackboneMarks`."""
    return marked(make, BackboneMarks(**marks))
