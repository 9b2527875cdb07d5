"""What every part of a kind promises, checked for each one that the registry knows, and what only our own parts do."""

import inspect
import os
from importlib.util import find_spec

import pytest
import torch
from torch import nn

from fewshot.conformance import check
from fewshot.core.errors import RequestError
from fewshot.core.types import MEASURES, Learner, Tasks
from fewshot.evaluation.measure import accuracy
from fewshot.models.adapters.metric_learning import LibraryLoss
from fewshot.models.losses import bind
from fewshot.registry.lookup import entries, find, load, make_part
from fewshot.registry.source import KINDS

TASK, WAY, SHOT, QUERY, DIM, CLASSES = 2, 5, 3, 4, 7, 11
SHAPE = (1, 28, 28)
FAMILIES = {  # the members of each that are checked
    "folder": ("photographs",),
    "torchvision": ("resnet18", "mobilenet_v3_small"),
    "pml": ("FastAPLoss", "ContrastiveLoss", "ProxyNCALoss"),
}
LARGE = {"wrn28_10"}  # 36.5 M weights at 84 px: a minute of a core


def every(kind: str) -> list[str]:
    """All parts of a kind by their full names."""
    return [
        f"{name}:{member}" if member else name
        for name, entry in entries(kind).items()
        for member in (FAMILIES[name] if entry.family else ("",))
    ]


def make(kind: str, name: str, *values):
    return load(kind, name)(*values, **make_part(kind, name).options)


def drawn(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.fixture(autouse=True)
def _same_weights():
    torch.manual_seed(0)


def _without_library(error: RequestError) -> bool:
    """Whether a part was refused because the library that it is made of is not installed."""
    return find_spec("learn2learn") is None and "learn2learn" in str(error)


# Every part


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS.values() for name in every(kind)])
def test_every_part_keeps_the_promises_of_its_kind(kind, name):
    if name in LARGE and not os.environ.get("FEWSHOT_SLOW"):
        pytest.skip(f"{name} takes too long for every run of the tests: set $FEWSHOT_SLOW to check it")
    try:
        lines = check(kind, name)
    except RequestError as error:
        if not _without_library(error):
            raise
        pytest.skip(str(error))
    assert lines
    assert all(line.startswith(f"{find(kind, name).label}: ") for line in lines)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS.values() for name in entries(kind)])
def test_what_the_registry_reads_is_what_the_part_says(kind, name):
    entry = entries(kind)[name]
    full = f"{name}:{FAMILIES[name][0]}" if entry.family else name
    part = load(kind, full)
    assert (part.marks, part.__name__) == (entry.marks, name)
    assert 10 < len(entry.summary) <= 120
    assert entry.summary[0].isupper()
    assert make_part(kind, full).revision == part.marks.revision >= 1
    signature = inspect.signature(part).parameters.values()
    assert list(entry.options) == [option.name for option in signature if option.kind is option.KEYWORD_ONLY]


def test_a_family_alone_is_refused_with_how_its_members_are_named():
    with pytest.raises(RequestError, match="loss pml: expected pml:LOSS, got 'pml'"):
        check("losses", "pml")


# Our own similarities: what has a distance


@pytest.fixture(params=[name for name in every("similarities") if hasattr(load("similarities", name), "distance")])
def similarity(request):
    return make("similarities", request.param, (DIM,)).double()


def test_a_distance_is_symmetric_and_0_only_at_equality(similarity):
    left, right = drawn(20, DIM), drawn(30, DIM, seed=1)
    torch.testing.assert_close(similarity.distance(left, right), similarity.distance(right, left).mT)
    for dtype, near in ((torch.float64, 1e-6), (torch.float32, 1e-5)):
        same, apart = (similarity.to(dtype).distance(left.to(dtype), other.to(dtype)) for other in (left, right))
        assert same.diagonal().abs().max() < near
        assert apart.min() > near
        torch.testing.assert_close(similarity.score(left.to(dtype), right.to(dtype)).argsort(), (-apart).argsort())


def test_the_logit_rises_with_the_score(similarity):
    left, right = drawn(20, DIM), drawn(30, DIM, seed=1)
    order = similarity.score(left, right).flatten().argsort()
    assert (similarity.logit(left, right).flatten()[order].diff() > 0).all()


# Our own losses, each with every similarity that has what it needs


def _couples() -> list[tuple[str, str]]:
    return [
        (loss, similarity)
        for loss, part in ((name, load("losses", name)) for name in every("losses"))
        for similarity in entries("similarities")
        if hasattr(load("similarities", similarity), part.marks.needs)
        and not (part.marks.fixed and similarity != part.marks.similarity)
        and not (isinstance(part, type) and issubclass(part, LibraryLoss))
    ]


@pytest.fixture(params=_couples(), ids="-".join)
def couple(request):
    """A loss and a similarity, and class numbers."""
    loss, similarity = request.param
    bound = bind(load("losses", loss), make_part("losses", loss).options, DIM, CLASSES)
    classes = torch.stack([torch.randperm(CLASSES)[:WAY] for _ in range(TASK)])
    return bound, make("similarities", similarity, (DIM,)), classes


def embeddings() -> tuple[torch.Tensor, torch.Tensor]:
    """Supports and queries around one centre for each class."""
    centre = drawn(TASK, WAY, 1, DIM, seed=2)
    images = (centre + drawn(TASK, WAY, n, DIM, seed=n) for n in (SHOT, QUERY))
    return tuple(values.float().requires_grad_() for values in images)


@pytest.mark.parametrize("name", every("losses"))
def test_the_default_similarity_has_what_the_loss_needs(name):
    marks = find("losses", name).marks
    assert marks.needs in MEASURES
    assert hasattr(load("similarities", marks.similarity), marks.needs)


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
    "couple",
    [one for one in _couples() if find("losses", one[0]).marks.needs == "logit"],
    indirect=True,
    ids="-".join,
)
def test_a_loss_by_logit_trains_every_weight_of_the_similarity(couple):
    loss, similarity, classes = couple
    loss(*embeddings(), similarity, classes).backward()
    assert all(weight.grad.any() for weight in similarity.parameters())


# Our own learners


@pytest.fixture(params=entries("learners"))
def learner(request):
    wanted = inspect.signature(load("learners", request.param)).parameters
    given = []
    if "encoder" in wanted:
        given.append(make("backbones", "conv4", SHAPE))
    if "similarity" in wanted:
        given.append(make("similarities", "euclidean", given[0].shape if given else SHAPE))
    try:
        return make("learners", request.param, *given)
    except RequestError as error:
        if not _without_library(error):
            raise
        pytest.skip(str(error))


def made_up_tasks() -> Tasks:
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.rand(TASK, WAY, n, *SHAPE, generator=draw) for n in (SHOT, QUERY))
    return Tasks(support, query, torch.arange(WAY).expand(TASK, WAY))


@torch.inference_mode()
def scores(learner: Learner, tasks: Tasks) -> torch.Tensor:
    if isinstance(learner, nn.Module):
        learner.eval()
    return learner.scores(tasks)


@pytest.mark.parametrize("ink", [0.0, 0.4, 1.0])
def test_a_learner_that_sees_nothing_is_exactly_at_chance(learner, ink):
    tasks = made_up_tasks()
    blank = Tasks(torch.full_like(tasks.support, ink), torch.full_like(tasks.query, ink), tasks.classes)
    assert accuracy(scores(learner, blank)).tolist() == [1 / WAY] * TASK


@pytest.mark.parametrize("name", entries("learners"))
def test_a_learner_that_is_trained_is_a_module_with_an_objective(name):
    part = load("learners", name)
    assert part.marks.trained == (hasattr(part, "objective") and issubclass(part, nn.Module))
