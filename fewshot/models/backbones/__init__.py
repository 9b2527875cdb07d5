"""Backbones: one file each, a callable `(shape, *, options) -> Encoder`.

`shape` is the images' `(channel, height, width)`.
"""

from collections.abc import Callable

from fewshot.core.types import Encoder
from fewshot.registry.marks import BackboneMarks, marked

Backbone = Callable[..., Encoder]


def backbone(make: Backbone | None = None, **marks: object) -> Callable:
    """Mark a class or function as the backbone of its file's name, with the keywords of `BackboneMarks`."""
    return marked(make, BackboneMarks(**marks))
