"""The list of pairs: fixed, fair and addressable; its distortions; and losses that meet nothing but its pairs."""

from dataclasses import replace

import pytest
import torch
from runs import TINY, run_spec
from torch import nn

from fewshot import compare
from fewshot.core.affine import affine_matrices
from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe
from fewshot.core.statistics.intervals import t_interval
from fewshot.core.types import Pairs
from fewshot.execution.compatibility import check_fit
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind
from fewshot.models.losses.contrastive import contrastive
from fewshot.models.losses.verification import verification
from fewshot.models.pair_loss import PairLoss
from fewshot.models.similarities.cosine import cosine
from fewshot.models.similarities.euclidean import euclidean
from fewshot.models.similarities.weighted_l1 import weighted_l1
from fewshot.registry.lookup import make_part
from fewshot.registry.resolved import Resolved
from fewshot.tasks import pairs
from fewshot.tasks.pairs import PairSampler
from fewshot.training.state import TrainingState

RECIPE = Recipe(pairs=40, batch=8)
STORED = replace(RECIPE, copies=3, affine=0.5)


@pytest.fixture
def bank(glyph_bank):
    return glyph_bank(14, images=[6, 8, 7] * 4 + [6, 9], groups=(5, 2, 4, 3), authors=6)


def equal(one: Pairs, other: Pairs) -> bool:
    return all(torch.equal(getattr(one, name), getattr(other, name)) for name in ("left", "right", "classes"))


# The list


def test_a_pair_of_one_class_and_a_pair_of_two_within_a_group(bank):
    pairs = PairSampler(bank, replace(RECIPE, pairs=600)).listed
    assert pairs.left.shape == pairs.right.shape == pairs.classes.shape == (300, 2)
    left, right = bank.label[pairs.left], bank.label[pairs.right]
    assert torch.equal(pairs.classes, left)
    assert (left[:, 0] == right[:, 0]).all()
    assert (left[:, 1] != right[:, 1]).all()
    assert torch.equal(bank.group[pairs.left], bank.group[pairs.right])
    assert (pairs.left != pairs.right).all()  # no image with itself
    assert torch.cat([pairs.left, pairs.right]).unique().numel() == (~torch.isin(bank.group, torch.tensor([1]))).sum()


@pytest.mark.parametrize("pairs", [600, 602])
def test_every_group_has_as_many_pairs_of_each_kind_and_small_groups_are_left_out(bank, pairs):
    source = PairSampler(bank, replace(RECIPE, pairs=pairs))
    assert source.left_out == ("group1",)
    for group in bank.class_group[source.listed.classes].unbind(1):
        count = torch.bincount(group, minlength=4)
        assert count.tolist() == [100 + (pairs > 600), 0, 100, 100]


def test_the_list_depends_on_the_bank_and_the_seed_alone(bank):
    first = PairSampler(bank, RECIPE).listed
    other = PairSampler(bank, replace(RECIPE, batch=2, copies=2, affine=1.0, learning_rate=1.0)).listed
    longer = PairSampler(bank, replace(RECIPE, pairs=60)).listed
    for same in (other, longer):
        assert torch.equal(first.left, same.left[:20])
        assert torch.equal(first.right, same.right[:20])
    assert not torch.equal(first.right, PairSampler(bank, RECIPE, seed=1).listed.right)


def test_a_long_list_is_drawn_in_parts(bank, monkeypatch):
    whole = PairSampler(bank, RECIPE).listed
    monkeypatch.setattr(pairs, "MOST", 3)
    parts = PairSampler(bank, RECIPE).listed
    assert torch.equal(parts.left, whole.left)
    assert torch.equal(parts.right, whole.right)
    assert torch.equal(parts.classes, whole.classes)


def test_other_authors_makes_the_images_of_a_pair_by_different_authors(bank):
    def share(other_authors: bool) -> float:
        pairs = PairSampler(bank, replace(RECIPE, pairs=600, other_authors=other_authors)).listed
        return float((bank.author[pairs.left] == bank.author[pairs.right]).double().mean())

    assert share(True) == 0 < share(False)


def test_a_bank_without_three_classes_in_a_group_is_refused(glyph_bank):
    with pytest.raises(RequestError, match="no group has the 3 classes that a 3-way 1-shot task within a group needs"):
        PairSampler(glyph_bank(4, groups=(2, 2)), RECIPE)


# The order


@pytest.mark.parametrize("recipe", [RECIPE, STORED, replace(STORED, batch=6)])
def test_an_epoch_goes_once_over_the_list_and_each_in_another_order(bank, recipe):
    source = PairSampler(bank, recipe)
    listed, tasks = 20 * (1 + recipe.copies), recipe.batch // 2
    steps = listed // tasks
    epochs = [torch.cat([source.items(step) for step in range(n * steps, (n + 1) * steps)]) for n in range(3)]
    for items in epochs:
        assert items.shape == (steps * tasks, 2)
        for kind in items.unbind(1):
            assert kind.unique().numel() == steps * tasks  # what is left of a list makes no full batch
            assert 0 <= kind.min() <= kind.max() < listed
        assert not torch.equal(items[:, 0], items[:, 1])
    assert not torch.equal(epochs[0], epochs[1])
    assert not torch.equal(epochs[1], epochs[2])


@pytest.mark.parametrize("recipe", [replace(RECIPE, affine=0.5, turn="task"), STORED])
def test_the_pairs_of_a_step_do_not_depend_on_earlier_steps(bank, recipe):
    source = PairSampler(bank, recipe)
    forwards = [source.pairs(step) for step in range(45)]
    for step in (44, 3, 21, 0):
        assert equal(source.pairs(step), forwards[step])
        assert equal(PairSampler(bank, recipe).pairs(step), forwards[step])
    assert not equal(forwards[0], forwards[1])


# The images


def shown(source: PairSampler, steps: range) -> dict[tuple[int, int], list[torch.Tensor]]:
    """What was shown of every item, the two images of a pair together: {(item, kind): [[2 height width], …]}."""
    found: dict[tuple[int, int], list[torch.Tensor]] = {}
    for step in steps:
        pairs = source.pairs(step)
        both = torch.stack([pairs.left, pairs.right], 2)[:, :, :, 0]
        for pair, items in enumerate(source.items(step).tolist()):
            for kind, item in enumerate(items):
                found.setdefault((item, kind), []).append(both[pair, kind])
    return found


def plain(source: PairSampler, pair: int, kind: int) -> torch.Tensor:
    images = torch.stack([source.listed.left[pair, kind], source.listed.right[pair, kind]])
    return source.bank.pixels[images, 0] / 255


def test_without_distortion_a_pair_is_its_images(bank):
    source = PairSampler(bank, RECIPE)
    for (item, kind), images in shown(source, range(10)).items():
        for one in images:
            assert torch.equal(one, plain(source, item, kind))


def test_stored_copies_are_the_same_in_every_epoch_and_another_each(bank):
    source = PairSampler(bank, replace(STORED, affine=1.0))
    found = shown(source, range(40))  # two epochs
    assert len(found) == 2 * 80
    for images in found.values():
        assert torch.equal(*images)
    for pair in range(20):
        for kind in range(2):
            copies = torch.stack([found[pair + 20 * copy, kind][0] for copy in range(4)])
            assert torch.equal(copies[0], plain(source, pair, kind))
            apart = torch.cdist(copies.flatten(2).movedim(1, 0), copies.flatten(2).movedim(1, 0))  # [image copy copy]
            assert apart[:, ~torch.eye(4, dtype=torch.bool)].min() > 1e-3


def test_copies_are_kochs_distortions_each_image_by_its_own(bank, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "fewshot.tasks.augment.affine_matrices", lambda *given: seen.append(affine_matrices(*given)) or seen[-1]
    )
    source = PairSampler(bank, replace(STORED, batch=160))
    source.pairs(0)
    (matrices,) = seen
    assert matrices.shape == (160, 2, 2, 3)  # same and different pairs, two images each
    assert len(torch.unique(matrices.flatten(0, 1), dim=0)) > 0.98 * 320  # at 0.5, one in 128 has no component
    assert torch.equal(source.items(0).flatten().sort().values, torch.arange(80).repeat_interleave(2))


def test_without_copies_distortions_are_fresh_at_every_step(bank):
    found = shown(PairSampler(bank, replace(RECIPE, affine=1.0)), range(10))
    assert all(not torch.allclose(*images) for images in found.values())


def test_both_images_of_a_pair_turn_together(bank):
    source = PairSampler(bank, replace(RECIPE, turn="task"))
    turned = 0
    for (item, kind), images in shown(source, range(5)).items():
        fits = [torch.equal(images[0], plain(source, item, kind).rot90(turns, (-2, -1))) for turns in range(4)]
        assert sum(fits) == 1
        turned += not fits[0]
    assert 20 < turned < 40


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_has_the_same_pairs(bank):
    here, there = PairSampler(bank, STORED), PairSampler(bank.to("cuda"), STORED)
    for step in (0, 25):
        assert torch.equal(here.items(step), there.items(step).cpu())
        torch.testing.assert_close(here.pairs(step).left, there.pairs(step).left.cpu(), atol=1e-4, rtol=1e-4)


# The loss


def loops(loss: str, left: torch.Tensor, right: torch.Tensor, similarity: nn.Module) -> torch.Tensor:
    """Koch's or the contrastive loss over independent pairs, one at a time: [pair dim] of the same, then of others."""
    values = {0: [], 1: []}
    for kind in range(2):
        for one, other in zip(left[:, kind], right[:, kind], strict=True):
            if loss == "verification":
                logit = similarity.logit(one[None], other[None])[0, 0]
                values[kind].append(-((-1) ** kind * logit).sigmoid().log() / 2)
            else:
                distance = similarity.distance(one[None], other[None])[0, 0]
                values[kind].append(distance**2 if kind == 0 else (1.5 - distance).clamp(min=0) ** 2)
    return sum(sum(part) / len(part) for part in values.values())


@pytest.mark.parametrize(
    ("part", "options", "similarity"),
    [
        (verification, {}, weighted_l1),
        (verification, {}, cosine),
        (contrastive, {"margin": 1.5}, euclidean),
        (contrastive, {"margin": 1.5}, weighted_l1),
    ],
)
def test_a_loss_of_pairs_is_its_mean_over_independent_pairs(part, options, similarity):
    torch.manual_seed(0)
    compared = similarity((7,)).double()
    left, right = (0.4 * torch.randn(5, 2, 7, dtype=torch.float64) for _ in range(2))
    left, right = left.requires_grad_(), right.requires_grad_()
    sources = (left, right, *compared.parameters())
    found = PairLoss(bind(part, options, 7, 3))(left, right, compared, torch.zeros(5, 2, dtype=torch.int64))
    expected = loops(part.__name__, left, right, compared)
    assert found.shape == ()
    torch.testing.assert_close(found, expected)
    grads = (torch.autograd.grad(one, sources, allow_unused=True) for one in (found, expected))
    for one, other in zip(*grads, strict=True):
        assert (one is None) == (other is None)
        if one is not None:
            torch.testing.assert_close(one, other)


def test_only_the_pairs_are_compared_and_only_by_what_the_similarity_has():
    class score_only(nn.Module):
        def score(self, left, right):
            asked.append((left.shape, right.shape))
            return left @ right.mT

    def found(support, query, similarity):
        assert not hasattr(similarity, "distance")
        return compare(support, query, similarity.score)[0].mean()

    asked = []
    loss = PairLoss(bind(found, {}, 7, 3))
    loss(torch.rand(5, 2, 7), torch.rand(5, 2, 7), score_only(), torch.zeros(5, 2, dtype=torch.int64))
    assert asked == [((5, 2, 1, 7), (5, 2, 1, 7))]


def test_a_loss_that_compares_across_tasks_is_refused():
    def across(support, query, similarity):
        return similarity.distance(query.flatten(0, 2), support.flatten(0, 2)).mean()

    loss, given = PairLoss(bind(across, {}, 7, 3)), torch.rand(5, 2, 7)
    with pytest.raises(RequestError, match="compares the two queries and supports of a task"):
        loss(given, given, euclidean((7,)), torch.zeros(5, 2, dtype=torch.int64))


def test_the_state_of_a_loss_shows_through():
    class weighted(nn.Module):
        resumable = False

        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3))

    inner = weighted()
    loss = PairLoss(inner)
    assert [weight is inner.weight for weight in loss.parameters()] == [True]
    assert list(loss.state_dict()) == ["loss.weight"]
    learner = siamese(conv4((1, 28, 28)), cosine((64,)), "mean_score")
    assert not TrainingState(learner, loss, RECIPE).resumable


# A run

SPEC = replace(
    TINY,
    backbone=make_part("backbones", "conv4", {"widths": [8, 8, 8]}),
    training=Recipe(
        pairs=400, batch=40, copies=2, affine=0.5, other_authors=True, steps=60, val_every=20, warmup=5,
        learning_rate=0.01, select="last",
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def outcome():
    return run_spec(SPEC)


def test_a_run_on_pairs_learns(outcome):
    found = t_interval(outcome.measured.accuracy["20-way 1-shot"])
    assert found.mean - found.half > 2 / 20
    losses = [loss for _, loss, _ in outcome.trained.curve]
    assert losses[-1] < 0.85 * losses[0]


def test_a_run_on_pairs_repeats_and_goes_on_from_its_checkpoint(outcome, tmp_path):
    def stop(what: str, step: int) -> None:
        if step == 40:
            raise InterruptedError

    file = tmp_path / "state.pt"
    with pytest.raises(InterruptedError):
        run_spec(SPEC, checkpoint=file, progress=stop)
    assert file.exists()
    resumed = run_spec(SPEC, checkpoint=file)
    assert (resumed.measured, resumed.trained) == (outcome.measured, outcome.trained)


def test_pairs_need_a_loss_that_is_a_function_of_comparisons_and_a_learner_that_takes_them(monkeypatch):
    for name in ("triplet", "prototypical"):
        other = make_part("losses", name), make_part("similarities", "squared_euclidean")
        with pytest.raises(RequestError, match=f"loss {name} learns from tasks: with pairs, expected one that says"):
            check_fit(Resolved(replace(SPEC, loss=other[0], similarity=other[1])))
        check_fit(Resolved(replace(SPEC, loss=other[0], similarity=other[1], training=Recipe())))
    with pytest.raises(RequestError, match="learner siamese brings its own objective, of tasks: expected no pairs"):
        check_fit(Resolved(replace(SPEC, loss=None)))
    check_fit(Resolved(SPEC))
    monkeypatch.setattr(siamese, "marks", replace(siamese.marks, of_pairs=False))
    with pytest.raises(RequestError, match="learner siamese learns from tasks: with pairs, expected one that says"):
        check_fit(Resolved(SPEC))


# Photographs


def test_crops_mirroring_and_colours_are_each_images_own(bank):
    recipe = replace(RECIPE, crop=0.3, flip=0.5, jitter=0.3)
    source, plain = PairSampler(bank, recipe, size=6), PairSampler(bank, RECIPE)
    found = source.pairs(2)
    assert found.left.shape[-2:] == found.right.shape[-2:] == (6, 6)
    assert torch.equal(found.classes, plain.pairs(2).classes)
    assert equal(found, PairSampler(bank, recipe, size=6).pairs(2))
    assert not equal(found, source.pairs(2 + 40 // 8))  # the same list, an epoch later
    images = found.images.flatten(1)
    assert len(images.unique(dim=0)) == len(images)
    mirrored = PairSampler(bank, replace(RECIPE, flip=1.0)).pairs(0)
    assert torch.equal(mirrored.right, plain.pairs(0).right.flip(-1))


def test_affine_draws_are_what_they_were_without_the_distortions_of_photographs(bank):
    recipe = replace(RECIPE, affine=0.5)
    assert equal(PairSampler(bank, recipe, 5, 8).pairs(1), PairSampler(bank, recipe, 5).pairs(1))
