"""Backbones: one file each, a callable `(shape, *, options) -> Encoder`.

`shape` is that of an image, `(channel, height, width)`.
"""

from fewshot.core.marks import BackboneMarks, Made, decorator, marked
from fewshot.models.learned_from import remembering


@decorator(BackboneMarks)
def backbone(make: Made, marks: BackboneMarks) -> Made:
    """Mark a class or function as the backbone of its file's name, with the keywords of `BackboneMarks`.

    In a file `mean_ink.py`:

    >>> from torch import nn
    >>> from fewshot import Embeddings, Images, backbone
    >>> @backbone(side=8)
    ... class mean_ink(nn.Module):
    ...     def __init__(self, shape: tuple[int, int, int], *, dim: int = 6):
    ...         super().__init__()
    ...         self.shape, self.layer = (dim,), nn.Linear(shape[0], dim)
    ...
    ...     def forward(self, images: Images) -> Embeddings:
    ...         return self.layer(images.mean((2, 3)))
    """
    return marked(remembering(make), marks)
