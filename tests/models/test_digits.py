"""Distances of embeddings with a common offset keep their digits, and all others their bits."""

import pytest
import torch

from fewshot.models.digits import WIDE, offset, offset_fact, with_digits
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.cosine import cosine
from fewshot.models.similarities.squared_euclidean import squared_euclidean

DIM = 64


def sides(far: float) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(3, n, DIM, generator=draw) + far for n in (20, 7))


@pytest.mark.parametrize("make", [cosine, squared_euclidean])
@pytest.mark.parametrize("far", [100.0, 1000.0])
def test_an_offset_costs_no_digits(make, far):
    left, right = sides(far)
    measure = make((DIM,))
    found = measure.distance(left, right)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), measure.distance(left.double(), right.double()), rtol=1e-6, atol=0)


def test_a_gradient_passes():
    left, right = (side.requires_grad_() for side in sides(100.0))
    squared_euclidean((DIM,)).distance(left, right).mean().backward()
    torch.testing.assert_close(
        left.grad, 2 * (left - right.mean(1, keepdim=True)).detach() / 3 / 20, rtol=1e-3, atol=1e-6
    )


def test_ordinary_embeddings_are_compared_as_they_ever_were():
    left, right = sides(1.0)
    same = with_digits(left, right)
    assert same[0] is left
    assert same[1] is right
    norms = left.square().sum(-1)[..., :, None] + right.square().sum(-1)[..., None, :]
    assert torch.equal(squared_euclidean((DIM,)).distance(left, right), (norms - 2 * left @ right.mT).clamp(min=0))


def test_the_offset_is_in_units_of_the_spread():
    embedded = torch.randn(500, DIM, generator=torch.Generator().manual_seed(0))
    assert offset(embedded) < 0.2
    assert offset(embedded + 100) == pytest.approx(100, rel=0.05)


class Shifted(torch.nn.Flatten):
    shape = (4,)

    def forward(self, images):
        return super().forward(images) + 200


def test_the_fact_is_of_wide_offsets_alone():
    pixels = (255 * torch.rand(9, 1, 2, 2, generator=torch.Generator().manual_seed(0))).byte()
    plain, wide = (siamese(encoder, cosine((4,))) for encoder in (torch.nn.Flatten(), Shifted()))
    assert offset_fact(plain, pixels) == {}
    assert offset_fact(wide, pixels)["offset"] > WIDE


def test_embeddings_of_three_digits_are_compared_in_float32():
    rows = (100 * torch.ones(6, 8) + torch.randn(6, 8, generator=torch.Generator().manual_seed(0))).bfloat16()
    for side in with_digits(rows[None], rows[None]):
        assert side.dtype == torch.float64
    assert with_digits(rows[None] - 100, rows[None] - 100)[0].dtype == torch.float32
