"""Euclidean distance of maps that may be deformed (the image distortion model of Keysers et al. 2007)."""

import math
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from fewshot.core.checks import POSITIVE, between
from fewshot.models.digits import with_digits
from fewshot.models.similarities import DistanceSimilarity, Left, Right, Table, similarity

MOST = 2**25  # numbers of a part of the comparisons that are held at once

LeftMaps = Float[Tensor, "*batch height width left channel"]
RightMaps = Float[Tensor, "*batch height width right channel"]


@similarity(of_logit=["scale", "per_dimension", "learned"])
class deformable(DistanceSimilarity):
    """√(½ Σᵢ minⱼ ‖lᵢ − rⱼ‖² + ½ Σⱼ minᵢ ‖lᵢ − rⱼ‖²): each place i of one map meets the likest place j of the other
    among those at most `radius` rows and columns away, and the other way round.

    With radius 0, and for embeddings that are no maps, it is the Euclidean distance. The scale of the logit is that of
    `euclidean`. Computed from norms and inner products, so that in float32 distances below a thousandth of the norms
    say nothing. Keysers et al. compare patches of grey images and their gradients; here the network learns the maps.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        *,
        radius: int = 1,
        scale: float = 1.0,
        per_dimension: bool = False,
        learned: bool = True,
    ) -> None:
        between(0, None, radius=radius)
        between(POSITIVE, None, scale=scale)
        super().__init__(scale / math.sqrt(math.prod(shape)) if per_dimension else scale, learned=learned)
        self.maps, self.radius = (*shape, 1, 1)[:3], radius

    def distance(self, left: Left, right: Right) -> Table:
        one, other = with_digits(left, right)
        _, height, width = self.maps
        shifts = (2 * min(self.radius, height - 1) + 1) * (2 * min(self.radius, width - 1) + 1)
        each = math.prod(one.shape[:-1]) * height * width * shifts  # numbers for each right embedding
        parts = other.split(max(1, MOST // max(1, each)), -2)
        square = torch.cat([self._square(self._places(one), self._places(part)) for part in parts], -1)
        return ((square + 1e-12).sqrt() - 1e-6).to(left.dtype)

    def _places(self, flat: Tensor) -> Float[Tensor, "*batch height width image channel"]:
        return flat.unflatten(-1, self.maps).movedim((-2, -1), (-4, -3))

    def _square(self, left: LeftMaps, right: RightMaps) -> Table:
        left, right = _with_norms(left, right)
        shape = *left.shape[:-1], right.shape[-2]
        of_left, of_right = [], []
        for here, there in _shifts(shape[-4:-2], self.radius):
            square = left[..., here[0], here[1], :, :] @ right[..., there[0], there[1], :, :].mT
            of_left.append(_placed(square, here, shape))
            of_right.append(_placed(square, there, shape))
        near = [torch.stack(found).amin(0).clamp(min=0).sum((-4, -3)) for found in (of_left, of_right)]
        return (near[0] + near[1]) / 2


def _shifts(sides: tuple[int, ...], radius: int) -> Iterator[tuple[list[slice], list[slice]]]:
    """The rows and columns of one map, and those of the other that they meet, for each shift by up to `radius`."""
    reach = [range(-min(radius, side - 1), min(radius, side - 1) + 1) for side in sides]
    for down in reach[0]:
        for across in reach[1]:
            moved = list(zip(sides, (down, across), strict=True))
            yield (
                [slice(max(0, -by), side - max(0, by)) for side, by in moved],
                [slice(max(0, by), side + min(0, by)) for side, by in moved],
            )


def _with_norms(left: LeftMaps, right: RightMaps) -> tuple[Tensor, Tensor]:
    """(−2 l, ‖l‖², 1) and (r, 1, ‖r‖²), whose inner product is ‖l − r‖²."""
    one, other = (side.square().sum(-1, keepdim=True) for side in (left, right))
    return torch.cat([-2 * left, one, torch.ones_like(one)], -1), torch.cat([right, torch.ones_like(other), other], -1)


def _placed(square: Tensor, part: list[slice], shape: tuple[int, ...]) -> Tensor:
    """Squares of a part of a map, in a whole map of infinities."""
    whole = square.new_full(shape, math.inf)
    whole[..., part[0], part[1], :, :] = square
    return whole
