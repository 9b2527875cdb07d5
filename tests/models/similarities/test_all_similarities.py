"""Properties of all our similarities that have a distance."""

import pytest
import torch

from fewshot.registry.lookup import entries, load, make_part

DIM = 7


def drawn(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(count, DIM, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(params=[name for name in entries("similarities") if hasattr(load("similarities", name), "distance")])
def similarity(request):
    torch.manual_seed(0)
    return load("similarities", request.param)((DIM,), **make_part("similarities", request.param).options).double()


def test_a_distance_is_symmetric_and_0_only_at_equality(similarity):
    left, right = drawn(20), drawn(30, seed=1)
    rooted = 3e-3 if type(similarity).__name__ == "deformable" else 1e-5  # the root of what float32 leaves of norms
    torch.testing.assert_close(similarity.distance(left, right), similarity.distance(right, left).mT)
    for dtype, near in ((torch.float64, 1e-6), (torch.float32, rooted)):
        same, apart = (similarity.to(dtype).distance(left.to(dtype), other.to(dtype)) for other in (left, right))
        assert same.diagonal().abs().max() < near
        assert apart.min() > near
        torch.testing.assert_close(similarity.score(left.to(dtype), right.to(dtype)).argsort(), (-apart).argsort())


def test_the_logit_rises_with_the_score(similarity):
    left, right = drawn(20), drawn(30, seed=1)
    order = similarity.score(left, right).flatten().argsort()
    assert (similarity.logit(left, right).flatten()[order].diff() > 0).all()
