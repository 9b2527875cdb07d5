"""Properties of all our losses, each with every similarity that has what it needs."""

import pytest
import torch

from fewshot.models.adapters.pytorch_metric_learning import LibraryLoss
from fewshot.models.losses import bind
from fewshot.registry.lookup import entries, load, make_part

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11
LOSSES = {name: load("losses", name) for name, entry in entries("losses").items() if not entry.family}
COUPLES = [
    (loss, similarity)
    for loss, part in LOSSES.items()
    for similarity in entries("similarities")
    if hasattr(load("similarities", similarity), part.marks.needs)
    and not (part.marks.fixed and similarity != part.marks.similarity)
    and not (isinstance(part, type) and issubclass(part, LibraryLoss))
]


@pytest.fixture(params=COUPLES, ids="-".join)
def couple(request):
    """A loss and a similarity, and class numbers."""
    torch.manual_seed(0)
    loss, similarity = request.param
    bound = bind(LOSSES[loss], make_part("losses", loss).options, DIM, CLASSES)
    classes = torch.stack([torch.randperm(CLASSES)[:WAY] for _ in range(TASK)])
    made = load("similarities", similarity)((DIM,), **make_part("similarities", similarity).options)
    return bound, made, classes


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    """Supports and queries around one centre for each class."""

    def drawn(images: int, seed: int) -> torch.Tensor:
        return torch.randn(TASK, WAY, images, DIM, generator=torch.Generator().manual_seed(seed))

    return tuple((drawn(1, 2) + drawn(images, images)).requires_grad_() for images in (SHOT, QUERY))


def test_a_loss_learns_by_any_similarity(couple):
    loss, similarity, classes = couple
    support, query = embeddings()
    value = loss(support, query, similarity, classes)
    value.backward()
    for weight in (query, *loss.parameters()):
        assert weight.grad.isfinite().all()
        assert weight.grad.any()
    assert all(weight.grad.isfinite().all() for weight in similarity.parameters() if weight.grad is not None)


def test_a_loss_is_blind_to_the_order_of_classes_shots_queries_and_tasks(couple):
    loss, similarity, classes = couple
    support, query = embeddings()
    expected = loss(support, query, similarity, classes)
    near = {"atol": 1e-5, "rtol": 1e-4}
    for order in ([4, 0, 1, 2, 3], [1, 0, 2, 4, 3]):
        found = loss(support[:, order], query[:, order], similarity, classes[:, order])
        torch.testing.assert_close(found, expected, **near)
    torch.testing.assert_close(loss(support.flip(2), query.flip(2), similarity, classes), expected, **near)
    torch.testing.assert_close(loss(support.flip(0), query.flip(0), similarity, classes.flip(0)), expected, **near)


@pytest.mark.parametrize(
    "couple", [one for one in COUPLES if LOSSES[one[0]].marks.needs == "logit"], indirect=True, ids="-".join
)
def test_a_loss_by_logit_trains_every_weight_of_the_similarity(couple):
    loss, similarity, classes = couple
    loss(*embeddings(), similarity, classes).backward()
    assert all(weight.grad.any() for weight in similarity.parameters())
