"""Ensembles, against the mean of their members' scores."""

import torch

from fewshot.core.types import EmbeddingLearner, Tasks, VerifyingLearner
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.ensemble import ensemble
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.euclidean import euclidean

TASK, WAY, SHOT, QUERY, SIDE = 2, 3, 2, 4, 16


class by_tasks:
    """A learner that embeds no image: scores are drawn anew for every task."""

    transductive = True

    def __init__(self, seed: int) -> None:
        self.draw = torch.Generator().manual_seed(seed)

    def scores(self, tasks: Tasks) -> torch.Tensor:
        return torch.rand(TASK, WAY, QUERY, WAY, generator=self.draw)


class module(by_tasks, torch.nn.Module):
    def __init__(self, seed: int) -> None:
        torch.nn.Module.__init__(self)
        by_tasks.__init__(self, seed)


def tasks() -> Tasks:
    draw = torch.Generator().manual_seed(0)
    images = [torch.rand(TASK, WAY, many, 1, SIDE, SIDE, generator=draw) for many in (SHOT, QUERY)]
    return Tasks(*images, torch.arange(WAY).expand(TASK, -1))


def networks(shot_rule: str = "mean_score") -> list[siamese]:
    torch.manual_seed(1)
    found = [siamese(conv4((1, SIDE, SIDE), widths=[4, 4, 4, 5]), euclidean((5, 1, 1)), shot_rule) for _ in range(3)]
    return [one.eval() for one in found]


def test_scores_are_the_means_of_the_members():
    members, given = networks(), tasks()
    found = ensemble(members)
    assert isinstance(found, VerifyingLearner)
    assert not found.transductive
    expected = sum(one.scores(given) for one in members) / 3
    assert expected.shape == (TASK, WAY, QUERY, WAY)
    assert not torch.allclose(expected, members[0].scores(given), atol=1e-4)
    torch.testing.assert_close(found.scores(given), expected)


def test_images_are_embedded_once_by_each_member():
    members, given = networks(), tasks()
    found = ensemble(members)
    sides = [found.embed(side.flatten(0, 2)).unflatten(0, side.shape[:3]) for side in (given.support, given.query)]
    assert sides[0].shape == (TASK, WAY, SHOT, 3 * 5)
    torch.testing.assert_close(found.compare(*sides), found.scores(given))


def test_a_pair_is_verified_by_the_similarity_alone():
    members, given = networks("attention"), tasks()
    found = ensemble(members)
    sides = [found.embed(side.flatten(0, 2)).unflatten(0, side.shape[:3]) for side in (given.support, given.query)]
    expected = 0
    for number, one in enumerate(members):
        own = [side[..., 5 * number : 5 * number + 5] for side in sides]
        expected = expected + one.verify(*own) / 3
    torch.testing.assert_close(found.verify(*sides), expected)
    assert not torch.allclose(found.verify(*sides), found.compare(*sides), atol=1e-3)


def test_learners_that_embed_no_image_are_averaged_by_task():
    found = ensemble([module(seed) for seed in range(3)])
    assert not isinstance(found, EmbeddingLearner)
    assert found.transductive
    expected = sum(by_tasks(seed).scores(tasks()) for seed in range(3)) / 3
    torch.testing.assert_close(found.scores(tasks()), expected)
