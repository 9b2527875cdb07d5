"""Embeddings in float64 where float32 would lose the digits of their distances."""

import torch
from torch import Tensor

from fewshot.core.device import measuring
from fewshot.core.types import EmbeddingLearner, Embeddings, Learner
from fewshot.models.at_once import embedded_in_parts

WIDE = 30.0  # a common offset of so many times the spread costs squared distances and cosines three digits
HALF = (torch.bfloat16, torch.float16)  # of three digits: compared in float32 at least
SAMPLE = 256  # embeddings that are looked at, evenly spaced


def offset(embedded: Embeddings) -> float:
    """The length of the mean embedding, in units of the root mean square distance from it.

    >>> import torch
    >>> offset(torch.tensor([[99.0, 0.0], [101.0, 0.0]]))
    100.0
    """
    mean = embedded.double().mean(0)
    spread = (embedded - mean).square().sum(1).mean().sqrt()
    return float(mean.norm() / spread.clamp(min=1e-12))


def with_digits(left: Tensor, right: Tensor) -> tuple[Tensor, Tensor]:
    """Both sides of a comparison in float32, or in float64 if they share an offset of `WIDE` times their spread.

    In training on a GPU nothing is looked at, as each look would wait for the device.
    """
    left, right = (side.float() if side.dtype in HALF else side for side in (left, right))
    if left.dtype != torch.float32 or (left.device.type != "cpu" and torch.is_grad_enabled()) or not left.numel():
        return left, right
    with torch.no_grad():
        rows = torch.cat([_sample(left), _sample(right)])
        wide = offset(rows) > WIDE
    return (left.double(), right.double()) if wide else (left, right)


@measuring()
def offset_fact(learner: Learner, pixels: Tensor) -> dict[str, float]:
    """{"offset": …} of the embeddings of some images, of 0 to 255, where they were compared in float64; else {}."""
    if not isinstance(learner, EmbeddingLearner) or not len(pixels):
        return {}
    some = pixels[:: -(-len(pixels) // SAMPLE)]
    found = offset(torch.cat([*embedded_in_parts(learner, some)]))
    return {"offset": round(found, 1)} if found > WIDE else {}


def _sample(side: Tensor) -> Embeddings:
    rows = side.flatten(0, -2)
    return rows[:: -(-len(rows) // SAMPLE)]
