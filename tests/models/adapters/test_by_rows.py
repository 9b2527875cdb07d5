import pytest
import torch

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.similarities.cosine import cosine
from fewshot.registry.lookup import load

DIM, CLASSES = 6, 5
LOSSES = {
    "lifted_structure": ("LiftedStructureLoss", {"scale": 1.5}),
    "tuplet_margin": ("TupletMarginLoss", {"angles": True}),
    "nt_xent": ("NTXentLoss", {}),
}


def value_and_slopes(loss, images, classes):
    sides = [one.clone().requires_grad_() for one in images]
    value = loss(*sides, cosine((DIM, 1, 1)), classes)
    return value.detach(), *torch.autograd.grad(value, sides)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("classes", [[[0, 1, 2], [3, 4, 0]], [[0, 1, 1], [1, 1, 1]]])
def test_it_is_the_librarys_own_sum(name, classes):
    library, options = LOSSES[name]
    draw, classes = torch.Generator().manual_seed(1), torch.tensor(classes)
    images = [torch.randn(2, 3, many, DIM, generator=draw) for many in (2, 4)]
    scale = {key: value for key, value in options.items() if key == "scale"}
    ours = value_and_slopes(load("losses", name)(DIM, CLASSES, pairs="all", **scale), images, classes)
    theirs = value_and_slopes(LibraryLoss(DIM, CLASSES, library, "all", {}, **options), images, classes)
    torch.testing.assert_close(ours, theirs)


@pytest.mark.parametrize("name", LOSSES)
def test_without_negatives_nothing_is_learned(name):
    images = [torch.randn(1, 2, many, DIM) for many in (2, 4)]
    value, *slopes = value_and_slopes(load("losses", name)(DIM, CLASSES, pairs="all"), images, torch.tensor([[3, 3]]))
    assert value == 0
    assert not any(slope.any() for slope in slopes)
