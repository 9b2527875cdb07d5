"""The Siamese learner: embedding first and comparing then is the same as scoring images."""

from itertools import combinations

import pytest
import torch

from fewshot.core.affine import warp
from fewshot.core.errors import RequestError
from fewshot.core.types import Pairs, Tasks
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind
from fewshot.models.losses.contrastive import contrastive
from fewshot.models.losses.prototypical import prototypical
from fewshot.models.pair_loss import PairLoss
from fewshot.models.similarities.euclidean import euclidean

TASK, WAY, SHOT, QUERY = 2, 5, 3, 4


@pytest.fixture(params=["mean_score", "mean_embedding"])
def learner(request):
    torch.manual_seed(0)
    encoder = conv4((1, 16, 16), widths=(4, 4, 6))
    return siamese(encoder, euclidean(encoder.shape), request.param)


@pytest.fixture(scope="module")
def tasks() -> Tasks:
    draw = torch.Generator().manual_seed(0)
    support, query = (torch.rand(TASK, WAY, n, 1, 16, 16, generator=draw) for n in (SHOT, QUERY))
    return Tasks(support, query, torch.arange(WAY).expand(TASK, WAY))


def test_scores_are_embeddings_compared(learner, tasks):
    learner.eval()
    support = torch.stack([learner.embed(images.flatten(0, 1)).view(WAY, SHOT, -1) for images in tasks.support])
    query = torch.stack([learner.embed(images.flatten(0, 1)).view(WAY, QUERY, -1) for images in tasks.query])
    found = learner.scores(tasks)
    torch.testing.assert_close(found, learner.compare(support, query), atol=1e-5, rtol=1e-5)
    own, other = query[1, 2, 3], support[1, 4]
    if learner.shot_rule == "mean_embedding":
        expected = -(own - other.mean(0)).norm()
    else:
        expected = -(own - other).norm(dim=1).mean()
    torch.testing.assert_close(found[1, 2, 3, 4], expected, atol=1e-5, rtol=1e-5)


def test_the_objective_is_the_loss_of_the_embeddings_of_one_pass(learner, tasks):
    found = learner.objective(tasks, bind(contrastive, {"margin": 2.0}, 24, WAY))
    both = torch.cat([tasks.support, tasks.query], 2)
    embedded = learner.embed(both.flatten(0, 2)).view(TASK, WAY, SHOT + QUERY, -1)
    expected = contrastive(embedded[:, :, :SHOT], embedded[:, :, SHOT:], euclidean((24,)), margin=2.0)
    torch.testing.assert_close(found, expected)


def test_the_objective_of_pairs_is_the_loss_of_each_left_with_its_right(learner):
    learner.eval()
    left, right = torch.rand(3, 2, 1, 16, 16), torch.rand(3, 2, 1, 16, 16)
    loss = PairLoss(bind(contrastive, {"margin": 2.0}, 24, 2))
    found = learner.objective(Pairs(left, right, torch.zeros(3, 2, dtype=torch.int64)), loss)
    apart = (learner.embed(left.flatten(0, 1)) - learner.embed(right.flatten(0, 1))).norm(dim=1).view(3, 2)
    expected = (apart[:, 0] ** 2).mean() + ((2.0 - apart[:, 1]).relu() ** 2).mean()
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_the_comparison_is_in_float32_under_autocast(learner, tasks):
    heard = []

    def loss(support, query, similarity, classes):
        heard.extend([support.dtype, query.dtype, similarity.score(query.flatten(1, 2), support.flatten(1, 2)).dtype])
        return prototypical(support, query, similarity)

    with torch.autocast("cpu", torch.bfloat16):
        learner.objective(tasks, loss).backward()
        assert learner.embed(tasks.query.flatten(0, 2)).dtype == torch.bfloat16
    assert heard == [torch.float32] * 3


def test_an_embedding_is_the_mean_of_its_views(tasks):
    torch.manual_seed(0)
    encoder = conv4((1, 16, 16), widths=(4, 4, 6)).eval()
    one, several = (siamese(encoder, euclidean(encoder.shape), views=views) for views in (1, 4))
    images = tasks.support[0, :, 0]
    torch.testing.assert_close(one.embed(images), encoder(images))
    seen = [images, *(warp(images, matrix.expand(WAY, 2, 3)) for matrix in several.maps)]
    assert min(float((one - other).abs().max()) for one, other in combinations(seen, 2)) > 0.1
    torch.testing.assert_close(several.embed(images), torch.stack([encoder(view) for view in seen]).mean(0))
    torch.testing.assert_close(several.embed(images[:1]), several.embed(images)[:1])
    assert several.embed(images[:0]).shape == one.embed(images[:0]).shape
    assert several.state_dict().keys() == one.state_dict().keys()
    loss = bind(contrastive, {"margin": 2.0}, 24, WAY)
    torch.testing.assert_close(several.objective(tasks, loss), one.objective(tasks, loss))


@pytest.mark.parametrize(
    ("views", "expected"), [(0, "a number from 1 to 64"), (65, "a number from 1 to 64"), (1.5, "int")]
)
def test_numbers_of_views_that_cannot_be_are_refused(views, expected):
    with pytest.raises(RequestError, match=f"^views: expected {expected}, got {views}"):
        siamese(conv4((1, 16, 16)), euclidean((64, 1, 1)), views=views)
