"""The trial of a user's learner: broken promises are named, and models that keep them pass."""

import sys

import pytest
import torch
from torch import nn
from torch.nn.functional import dropout

from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.core.types import Tasks
from fewshot.evaluation.foreign_tasks import evaluate_tasks
from fewshot.evaluation.user_learner import as_learner, check_model
from fewshot.models.learners.pixels import pixels
from fewshot.models.similarities.cosine import cosine
from fewshot.registry.lookup import make_part

SIDE = 6
MADE = torch.rand(2, 3, 4, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(0))
TASKS = Tasks(MADE[:, :, :1], MADE[:, :, 1:], torch.arange(3).expand(2, 3))


def tried(model: object, similarity: str = "euclidean", shot_rule: str = "mean_score"):
    return as_learner(model, TASKS.images[:8], TASKS, make_part("similarities", similarity), shot_rule)


class Embeds(nn.Module):
    """A module that embeds by a function."""

    def __init__(self, embed) -> None:
        super().__init__()
        with seeded(0, "weights"):
            self.weight = nn.Linear(SIDE**2, 5)
        self.embed = embed

    def forward(self, images):
        return self.embed(self.weight(images.flatten(1)))


def by_batch(rows):
    return (rows - rows.mean(0)) / (1e-3 + rows.std(0, correction=0))


@pytest.mark.parametrize(
    ("embed", "message"),
    [
        (by_batch, "depends on no other image, got another beside neg"),
        (
            lambda rows: rows - rows.mean(0) + 100,
            "depends on no other image, got another beside negatives of them; take no mean over",
        ),
        (lambda rows: rows * (1 + (rows.abs().sum(1) > rows.abs().sum(1).mean()).any()), "another"),
        (lambda rows: dropout(rows, 0.1, training=True), "the same embeddings .* at every call, .* switch off dropout"),
        (lambda rows: 100 + rows + 0.1 * torch.randn_like(rows), "the same embeddings of the same images at every"),
        (lambda rows: rows + 0.02 * torch.arange(len(rows))[:, None], "depends on no place in the batch"),
        (lambda rows: rows * 1e-30, "smaller ones are all alike in float32, got at most .*: multiply them"),
        (lambda rows: rows.to_sparse(), "got torch.sparse_coo$"),
        (lambda rows: rows.log(), r"float tensor of finite numbers, got \d+ of 40 numbers that are not finite"),
        (lambda rows: rows + 1j, "got .* of complex64; return real numbers"),
        (lambda rows: rows.long(), "got .* of int64; return real numbers"),
        (lambda rows: rows.mean(0, keepdim=True), r"embeddings \[8 dim\] of .*, got \[1, 5\]"),
        (lambda rows: rows[:, :0], r"got \[8, 0\]"),
        (lambda rows: rows.squeeze(0), r"embeddings \[1 dim\] of .*, got "),
        (lambda rows: (rows, rows), "got tuple"),
        (lambda rows: rows.to_sparse(), "got torch.sparse_coo"),
        (lambda rows: {}["rows"], "got KeyError: .rows."),
        (lambda rows: sys.exit(), "got SystemExit, which ends the process"),
        (lambda rows: rows.view(7, 7), "got RuntimeError: shape"),
    ],
)
def test_a_module_with_a_broken_promise_is_refused(embed, message):
    with pytest.raises(RequestError, match=f"^model: expected .*({message})"):
        tried(Embeds(embed))


def test_weights_without_values_are_refused():
    with pytest.raises(RequestError, match="got weights on the device meta"):
        check_model(nn.Linear(2, 2, device="meta"))


def test_norms_in_training_mode_are_refused_in_a_learner_and_frozen_in_a_module():
    net = nn.Sequential(nn.Flatten(), nn.Linear(SIDE**2, 5), nn.BatchNorm1d(5))
    assert tried(net).encoder is net

    class Learner(pixels):
        def embed(self, images):
            return net.train()(images)

    with pytest.raises(
        RequestError, match="an embedding of each image that depends on no other image, got another beside"
    ):
        tried(Learner(cosine((5,))))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_rounding_and_a_common_offset_are_no_broken_promises(dtype):
    class Rounds(Embeds):
        def forward(self, images):
            noise = 2e-5 * (torch.arange(len(images))[:, None] % 3)  # as by another order of sums
            return (super().forward(images) * (1 + noise)).to(dtype)

    assert tried(Rounds(lambda rows: rows + 10))
    assert tried(Rounds(lambda rows: 0 * rows))
    for similarity in ("cosine", "squared_euclidean"):  # equal but for rounding
        assert tried(Embeds(lambda rows: 7 + 1e-7 * rows), similarity)
        assert tried(Embeds(lambda rows: 7 + 1e-3 * rows), similarity)


def scores(tasks):
    return pixels(cosine((SIDE**2,))).scores(tasks)


def alike(rows):
    """Every query less the mean of all queries of its task."""
    return rows - rows.mean((1, 2), keepdim=True)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda tasks: alike(scores(tasks)), "depend on no other query, got others .* set transductive = True"),
        (lambda tasks: scores(tasks) - scores(tasks).mean((0, 1, 2)), "depend on no other task of the batch"),
        (lambda tasks: scores(tasks) + torch.eye(3)[:, None], "depend on no place among the queries"),
        (lambda tasks: torch.rand_like(scores(tasks)), "the same scores of the same images at every call"),
        (lambda tasks: scores(tasks)[..., 0], r"scores \[2, 3, 3, 3\] \[task way query way\] .*, got \[2, 3, 3\]"),
        (lambda tasks: scores(tasks) / 0, "got 54 of 54 numbers that are not finite"),
        (lambda tasks: scores(tasks).argsort(-1), r"got \[2, 3, 3, 3\] of int64; return real numbers"),
        (lambda tasks: 3, "got int$"),
        (lambda tasks: tasks.flatten(1), "got AttributeError: .*; what makes vectors of images is handed over as an"),
    ],
)
def test_a_function_with_a_broken_promise_is_refused(function, message):
    with pytest.raises(RequestError, match=f"^model: expected .*{message}"):
        tried(function)


def test_a_function_may_see_all_queries_where_it_says_so():
    def together(tasks):
        return alike(scores(tasks))

    together.transductive = True
    assert tried(together).transductive


def test_an_object_is_held_to_the_same():
    class Learner:
        transductive = False

        def scores(self, tasks):
            return torch.rand_like(scores(tasks))

    with pytest.raises(RequestError, match="the same scores of the same images at every call"):
        tried(Learner())
    data, labels = MADE[0].flatten(0, 1), torch.arange(3).repeat_interleave(4)
    with pytest.raises(RequestError, match="the same scores of the same images at every call"):
        evaluate_tasks(Learner(), [(data, labels)])


def test_images_changed_in_place_stay_the_next_calls():
    class Spoils(nn.Module):
        def forward(self, images):
            return images.mul_(2).flatten(1)

    before = TASKS.images
    assert tried(Spoils())
    as_learner(lambda tasks: -tasks.support.mul_(0).sum() * scores(tasks), before[:8], TASKS,
               make_part("similarities", "cosine"), "mean_score")  # fmt: skip
    assert torch.equal(TASKS.images, before)
