"""The number of images that are embedded at once, as the maps of large images fill the memory."""

from collections.abc import Iterator

from torch import Tensor

from fewshot.core.types import EmbeddingLearner, Embeddings

IMAGES, PIXELS = 512, 2**20  # at most


def at_once(height: int, width: int) -> int:
    """The number of images of a size."""
    return max(1, min(IMAGES, PIXELS // (height * width)))


def embedded_in_parts(learner: EmbeddingLearner, images: Tensor) -> Iterator[Embeddings]:
    """Embeddings in float32 of some images after others; bytes become numbers from 0 to 1."""
    for some in images.split(at_once(*images.shape[2:])):
        yield learner.embed(some if some.is_floating_point() else some.float().div_(255)).float()
