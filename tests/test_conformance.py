"""What every part of a kind promises, checked for each one that the registry knows, plug-ins included."""

import inspect
import math

import pytest
import torch
from torch import nn

from fewshot.contracts import Encoder, Learner, Similarity, Tasks
from fewshot.evaluation import accuracy
from fewshot.losses import bind
from fewshot.registry import KINDS, entries, load, make_part

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11
SHAPE = (1, 28, 28)
MEASURES = ("score", "distance", "logit")


def every(kind: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("name", entries(kind))


def make(kind: str, name: str, *values):
    return load(kind, name)(*values, **make_part(kind, name).options)


def drawn(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def _same_weights():
    torch.manual_seed(0)


# Every part


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS.values() for name in entries(kind)])
def test_what_the_registry_reads_is_what_the_part_says(kind, name):
    entry, part = entries(kind)[name], load(kind, name)
    assert (part.kind, part.__name__) == (kind, name)
    assert 10 < len(entry.summary) <= 120
    assert entry.summary[0].isupper()
    assert isinstance(part.revision, int)
    assert make_part(kind, name).revision == part.revision >= 1
    signature = inspect.signature(part).parameters.values()
    assert list(entry.options) == [option.name for option in signature if option.kind is option.KEYWORD_ONLY]


# Backbones


@pytest.fixture(params=entries("backbones"))
def backbone(request):
    return request.param


@pytest.fixture
def shape(backbone):
    """Of grey images of the size that the backbone is meant for."""
    return (1, *[load("backbones", backbone).side] * 2)


@pytest.fixture
def encoder(backbone, shape):
    return make("backbones", backbone, shape)


def test_a_backbone_gives_flat_embeddings_of_the_shape_that_it_names(encoder, shape):
    assert isinstance(encoder, Encoder)
    assert len(encoder.shape) in (1, 3)
    assert encoder(torch.rand(3, *shape)).shape == (3, math.prod(encoder.shape))


def test_a_backbone_sees_one_image_at_a_time_when_it_is_evaluated(encoder, shape):
    images = torch.rand(9, *shape)
    encoder(images)  # so that norms have statistics
    encoder.eval()
    alone = torch.cat([encoder(image[None]) for image in images])
    torch.testing.assert_close(alone, encoder(images), atol=1e-5, rtol=1e-5)


def test_the_state_of_a_backbone_is_all_of_it(encoder, backbone, shape):
    images = torch.rand(9, *shape)
    encoder(images)
    other = make("backbones", backbone, shape)
    other.load_state_dict(encoder.state_dict())
    assert torch.equal(other.eval()(images), encoder.eval()(images))


def test_every_weight_of_a_backbone_learns(encoder, shape):
    encoder(torch.rand(9, *shape)).square().sum().backward()
    for name, weight in encoder.named_parameters():
        assert weight.grad is not None, name
        assert weight.grad.isfinite().all(), name
        assert weight.grad.any(), name


def test_a_backbone_works_in_bfloat16_and_with_channels_last(encoder, shape):
    images = torch.rand(9, *shape)
    expected = encoder(images)
    encoder.to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        found = encoder(images)
    assert found.dtype == torch.bfloat16
    error = (found.float() - expected).norm() / expected.norm()
    assert error < 0.05
    found.float().square().sum().backward()
    assert all(weight.grad.isfinite().all() for weight in encoder.parameters())


# Similarities


def measures(similarity: nn.Module) -> list[str]:
    return [measure for measure in MEASURES if hasattr(similarity, measure)]


@pytest.fixture(params=entries("similarities"))
def similarity(request):
    return make("similarities", request.param, (DIM,)).double()


def test_a_similarity_compares_every_left_with_every_right(similarity):
    assert isinstance(similarity, Similarity)
    left, right = drawn(TASK, 3, DIM), drawn(TASK, 4, DIM, seed=1)
    for measure in measures(similarity):
        table = getattr(similarity, measure)(left, right)
        assert table.shape == (TASK, 3, 4)
        one = getattr(similarity, measure)(left[1, 2:], right[1, 3:])
        torch.testing.assert_close(table[1, 2:, 3:], one)


def test_equal_embeddings_are_the_most_alike(similarity):
    left = drawn(20, DIM)
    for measure in {"score", "logit"} & set(measures(similarity)):
        table = getattr(similarity, measure)(left, left)
        assert (table.argmax(1) == torch.arange(20)).all()


def test_a_distance_is_symmetric_at_least_0_and_0_at_equality(similarity):
    if not hasattr(similarity, "distance"):
        pytest.skip("has no distance")
    left, right = drawn(20, DIM), drawn(30, DIM, seed=1)
    torch.testing.assert_close(similarity.distance(left, right), similarity.distance(right, left).mT)
    for dtype, near in ((torch.float64, 1e-6), (torch.float32, 1e-5)):
        same, apart = (similarity.to(dtype).distance(left.to(dtype), other.to(dtype)) for other in (left, right))
        assert same.diagonal().abs().max() < near
        assert same.min() >= 0
        assert apart.min() > near
        torch.testing.assert_close(similarity.score(left.to(dtype), right.to(dtype)).argsort(), (-apart).argsort())


def test_the_logit_rises_with_the_score(similarity):
    if not hasattr(similarity, "logit"):
        pytest.skip("has no logit")
    left, right = drawn(20, DIM), drawn(30, DIM, seed=1)
    order = similarity.score(left, right).flatten().argsort()
    assert (similarity.logit(left, right).flatten()[order].diff() > 0).all()


def test_the_gradient_is_finite_where_embeddings_are_equal(similarity):
    for embeddings in (drawn(3, DIM), torch.zeros(3, DIM, dtype=torch.float64)):
        left = embeddings.clone().requires_grad_()
        right = embeddings.clone().requires_grad_()
        for measure in measures(similarity):
            for grad in torch.autograd.grad(getattr(similarity, measure)(left, right).sum(), (left, right)):
                assert grad.isfinite().all()


def test_the_gradient_of_a_similarity(similarity):
    left, right = drawn(TASK, 3, DIM).requires_grad_(), drawn(TASK, 4, DIM, seed=1).requires_grad_()
    for measure in measures(similarity):
        assert torch.autograd.gradcheck(getattr(similarity, measure), (left, right), fast_mode=True)


# Losses, each with every similarity that has what it needs


def _couples() -> list[tuple[str, str]]:
    return [
        (loss, similarity)
        for loss, entry in entries("losses").items()
        for similarity in entries("similarities")
        if hasattr(load("similarities", similarity), load("losses", loss).needs)
    ]


@pytest.fixture(params=_couples(), ids="-".join)
def couple(request):
    """A loss and a similarity in float64, and class numbers."""
    loss, similarity = request.param
    part = load("losses", loss)
    bound = bind(part, make_part("losses", loss).options, DIM, CLASSES).double()
    classes = torch.stack([torch.randperm(CLASSES)[:WAY] for _ in range(TASK)])
    return bound, make("similarities", similarity, (DIM,)).double(), classes


def embeddings(noise: float = 1.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Supports and queries around one centre for each class."""
    centre = drawn(TASK, WAY, 1, DIM, seed=2)
    return centre + noise * drawn(TASK, WAY, SHOT, DIM), centre + noise * drawn(TASK, WAY, QUERY, DIM, seed=1)


@every("losses")
def test_the_default_similarity_has_what_the_loss_needs(name):
    part = load("losses", name)
    assert part.needs in MEASURES
    assert (name, part.similarity) in _couples()


def test_a_loss_is_one_finite_number_with_gradients(couple):
    loss, similarity, classes = couple
    support, query = (values.requires_grad_() for values in embeddings())
    value = loss(support, query, similarity, classes)
    assert value.shape == ()
    assert value.isfinite()
    value.backward()
    for weight in (support, query, *loss.parameters()):
        assert weight.grad.isfinite().all()
        assert weight.grad.any()
    assert all(weight.grad.isfinite().all() for weight in similarity.parameters() if weight.grad is not None)


@pytest.mark.parametrize(
    "couple", [one for one in _couples() if load("losses", one[0]).needs == "logit"], indirect=True
)
def test_a_loss_by_logit_trains_every_weight_of_the_similarity(couple):
    loss, similarity, classes = couple
    loss(*embeddings(), similarity, classes).backward()
    assert all(weight.grad.any() for weight in similarity.parameters())


def test_a_loss_is_blind_to_the_order_of_classes_shots_queries_and_tasks(couple):
    loss, similarity, classes = couple
    support, query = embeddings()
    expected = loss(support, query, similarity, classes)
    for order in ([4, 0, 1, 2, 3], [1, 0, 2, 4, 3]):
        torch.testing.assert_close(loss(support[:, order], query[:, order], similarity, classes[:, order]), expected)
    torch.testing.assert_close(loss(support.flip(2), query.flip(2), similarity, classes), expected)
    torch.testing.assert_close(loss(support.flip(0), query.flip(0), similarity, classes.flip(0)), expected)


def test_a_loss_is_lower_when_classes_are_apart_than_when_they_are_mixed(couple):
    loss, similarity, classes = couple
    support, query = embeddings(noise=0.01)
    apart = loss(support, query, similarity, classes)
    for turn in range(1, WAY):
        assert apart < loss(support, query.roll(turn, 1), similarity, classes)


def test_the_gradient_of_a_loss(couple):
    loss, similarity, classes = couple
    support, query = (values.requires_grad_() for values in embeddings())
    assert torch.autograd.gradcheck(lambda *given: loss(*given, similarity, classes), (support, query), fast_mode=True)


def test_a_loss_takes_bfloat16(couple):
    loss, similarity, classes = couple
    support, query = embeddings()
    expected = loss(support, query, similarity, classes)
    found = loss.float()(support.bfloat16(), query.bfloat16(), similarity.float(), classes)
    torch.testing.assert_close(found.double(), expected, rtol=0.05, atol=0.05)


# Learners


@pytest.fixture(params=entries("learners"))
def learner(request):
    wanted = inspect.signature(load("learners", request.param)).parameters
    given = []
    if "encoder" in wanted:
        given.append(make("backbones", "conv4", SHAPE))
    if "similarity" in wanted:
        given.append(make("similarities", "euclidean", given[0].shape if given else SHAPE))
    return make("learners", request.param, *given)


def made_up_tasks() -> Tasks:
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.rand(TASK, WAY, n, *SHAPE, generator=draw) for n in (SHOT, QUERY))
    return Tasks(support, query, torch.arange(WAY).expand(TASK, WAY))


@torch.inference_mode()
def scores(learner: Learner, tasks: Tasks) -> torch.Tensor:
    if isinstance(learner, nn.Module):
        learner.eval()
    return learner.scores(tasks)


def test_a_learner_scores_every_query_against_every_class(learner):
    assert isinstance(learner, Learner)
    found = scores(learner, made_up_tasks())
    assert found.shape == (TASK, WAY, QUERY, WAY)
    assert found.isfinite().all()


@pytest.mark.parametrize("ink", [0.0, 0.4, 1.0])
def test_a_learner_that_sees_nothing_is_exactly_at_chance(learner, ink):
    tasks = made_up_tasks()
    blank = Tasks(torch.full_like(tasks.support, ink), torch.full_like(tasks.query, ink), tasks.classes)
    assert accuracy(scores(learner, blank)).tolist() == [1 / WAY] * TASK


def test_the_order_of_classes_goes_through_a_learner(learner):
    tasks, order = made_up_tasks(), [4, 0, 1, 2, 3]
    expected = scores(learner, tasks)[:, order][..., order]
    found = scores(learner, Tasks(tasks.support[:, order], tasks.query[:, order], tasks.classes[:, order]))
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_a_learner_that_is_not_transductive_scores_one_query_at_a_time(learner):
    if learner.transductive:
        pytest.skip("says that it is transductive")
    tasks = made_up_tasks()
    expected = scores(learner, tasks)
    for query in range(QUERY):
        alone = Tasks(tasks.support, tasks.query[:, :, query : query + 1], tasks.classes)
        torch.testing.assert_close(scores(learner, alone), expected[:, :, query : query + 1], atol=1e-5, rtol=1e-5)


@every("learners")
def test_a_learner_that_is_trained_is_a_module_with_an_objective(name):
    part = load("learners", name)
    assert part.trained == (hasattr(part, "objective") and issubclass(part, nn.Module))
