"""Products in bfloat16: with the processor's instructions, and in float32 where it has none."""

import pytest
import torch
import torch.nn.functional as F
from torch.utils._python_dispatch import TorchDispatchMode

from fewshot.core.recipe import Recipe
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind
from fewshot.models.losses.prototypical import prototypical
from fewshot.models.similarities.squared_euclidean import squared_euclidean
from fewshot.training import precision as module
from fewshot.training.distributed.processes import ALONE
from fewshot.training.loop import take_step
from fewshot.training.precision import RoundedProducts, mixed
from fewshot.training.state import TrainingState
from tests.training.test_loop import Small, tasks

CPU = torch.device("cpu")
draw = torch.Generator().manual_seed(0)
LEFT, RIGHT = (torch.randn(3, *shape, generator=draw).bfloat16() for shape in ((4, 70), (70, 5)))
IMAGES, KERNELS, OFFSET = (
    torch.randn(*shape, generator=draw).bfloat16() for shape in ((2, 8, 6, 6), (7, 8, 3, 3), (7,))
)

PRODUCTS = {
    "matrices": (torch.mm, LEFT[0], RIGHT[0]),
    "batches of matrices": (torch.matmul, LEFT, RIGHT),
    "matrix and vector": (torch.mv, LEFT[0], RIGHT[0, :, 0]),
    "vectors": (torch.dot, LEFT[0, 0], RIGHT[0, :, 0]),
    "linear": (F.linear, IMAGES.flatten(1)[:, :70], LEFT[0], OFFSET[:4]),
    "linear of a vector": (F.linear, LEFT[0, 0], LEFT[0], OFFSET[:4]),
    "sum of matrices": (torch.baddbmm, LEFT[..., :5], LEFT, RIGHT),
    "sum of products": (torch.addbmm, LEFT[0, :, :5], LEFT, RIGHT),
    "einsum": (lambda left, right: torch.einsum("bij,bjk->ik", left, right), LEFT, RIGHT),
    "convolution": (lambda *parts: F.conv2d(*parts, padding=1), IMAGES, KERNELS, OFFSET),
    "convolution of rows": (F.conv1d, IMAGES[:, :, 0], KERNELS[:, :, 0], OFFSET),
    "transposed convolution": (F.conv_transpose2d, IMAGES, KERNELS.transpose(0, 1), OFFSET),
}


class Types(TorchDispatchMode):
    """Remembers the types of what convolutions and products of matrices are given."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, set[torch.dtype]] = {}

    def __torch_dispatch__(self, call, types, args=(), kwargs=None):
        if call in module.PRODUCTS:
            given = {one.dtype for one in args if isinstance(one, torch.Tensor)}
            self.seen.setdefault(call.overloadpacket.__name__, set()).update(given)
        return call(*args, **kwargs or {})


def outcome(multiply, given) -> list[torch.Tensor]:
    """The product and its gradients."""
    leaves = [one.clone().requires_grad_() for one in given]
    found = multiply(*leaves)
    return [found, *torch.autograd.grad(found, leaves, torch.ones_like(found))]


@pytest.mark.parametrize("name", PRODUCTS)
def test_products_and_their_gradients_are_those_of_float32_rounded(name):
    multiply, *given = PRODUCTS[name]
    with Types() as spy, RoundedProducts():
        found = outcome(multiply, given)
    expected = outcome(multiply, [one.float() for one in given])
    assert spy.seen
    assert set().union(*spy.seen.values()) == {torch.float32}
    for one, other in zip(found, expected, strict=True):
        assert one.dtype == torch.bfloat16
        assert torch.equal(one, other.bfloat16())


@pytest.mark.parametrize("name", PRODUCTS)
def test_they_are_those_of_the_processor_but_for_the_order_of_sums(name):
    multiply, *given = PRODUCTS[name]
    with RoundedProducts():
        found = outcome(multiply, given)
    for one, other in zip(found, outcome(multiply, given), strict=True):
        torch.testing.assert_close(one, other, rtol=2**-6, atol=0.2)  # of numbers about 8


def test_products_in_float32_stay_as_they_are():
    left, right = LEFT[0].float() / 3, RIGHT[0].float() / 3
    with RoundedProducts():
        found = left @ right
    assert torch.equal(found, left @ right)


def test_factors_of_different_types_are_refused_as_elsewhere():
    with RoundedProducts(), pytest.raises(RuntimeError, match="dtype"):
        torch.mm(LEFT[0], RIGHT[0].float())


@pytest.mark.parametrize(
    ("fast", "precision", "expected"),
    [(False, "bfloat16", torch.float32), (True, "bfloat16", torch.bfloat16), (False, "float32", torch.float32)],
)
def test_a_step_multiplies_in_float32_where_the_processor_lacks_bfloat16(monkeypatch, fast, precision, expected):
    monkeypatch.setattr(module, "multiplies_bfloat16", lambda: fast)
    torch.manual_seed(0)
    learner, loss = siamese(Small(), squared_euclidean((4,))), bind(prototypical, {}, 4, 5)
    recipe = Recipe(steps=1, val_every=1, warmup=0, select="last", precision=precision)
    with Types() as spy:
        take_step(TrainingState(learner, loss, recipe), ALONE.objective(learner, loss), tasks, recipe, seed=0)
    encoder = [spy.seen[name] for name in ("convolution", "convolution_backward", "addmm")]
    assert encoder == [{expected}] * 3
    assert (torch.bfloat16 in spy.seen["mm"]) == (expected == torch.bfloat16)  # in float32 also those of embeddings


def test_a_gpu_multiplies_by_itself(monkeypatch):
    monkeypatch.setattr(module, "multiplies_bfloat16", lambda: False)
    monkeypatch.setattr(torch, "autocast", lambda *how, **more: None)  # asks for a driver
    with Types() as spy, mixed(torch.device("cuda"), "bfloat16"):
        torch.mm(LEFT[0], RIGHT[0])
    assert spy.seen == {"mm": {torch.bfloat16}}
