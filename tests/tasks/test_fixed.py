"""Fixed evaluation tasks on banks with Omniglot's classes and drawers, one pixel an image."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.data.datasets.omniglot import omniglot
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part
from fewshot.tasks.fixed import check_tasks, evaluation_tasks, official, verification_tasks

LAKE = load_protocol("lake")


def characters(classes: tuple[str, ...], drawers: int = 20) -> ImageBank:
    groups = tuple(dict.fromkeys(name.split("/")[0] for name in classes))
    return make_bank(
        np.zeros((len(classes) * drawers, 1, 1, 1), np.uint8),
        np.repeat(np.arange(len(classes)), drawers),
        np.repeat([groups.index(name.split("/")[0]) for name in classes], drawers),
        np.tile(np.arange(drawers), len(classes)),
        classes=classes,
        groups=groups,
        authors=tuple(f"{drawer:02d}" for drawer in range(1, drawers + 1)),
    )


@pytest.fixture(scope="module")
def val() -> ImageBank:
    return characters(LAKE.classes["val"])


@pytest.fixture(scope="module")
def evaluation() -> ImageBank:
    return characters(LAKE.classes["test"])


def equal(left, right) -> bool:
    return all(torch.equal(getattr(left, name), getattr(right, name)) for name in ("support", "query", "classes"))


def test_the_official_trials_are_twenty_tasks_of_twenty_classes(evaluation):
    drawn = evaluation_tasks(evaluation, LAKE.test[0], LAKE)
    assert (drawn.support.shape, drawn.query.shape, drawn.classes.shape) == ((20, 20, 1), (20, 20, 1), (20, 20))
    for run, task in zip(official_runs(), range(20), strict=True):
        images = torch.cat([drawn.support[task], drawn.query[task]], 1)
        assert images.unique().numel() == 40
        assert torch.equal(evaluation.label[images], drawn.classes[task, :, None].expand(20, 2))
        assert (
            {evaluation.classes[number] for number in drawn.classes[task].tolist()}
            == set(run.support)
            == set(run.query)
        )
        assert evaluation.group[images].unique().numel() == 1


def test_a_run_has_one_drawer_on_each_side_and_all_runs_the_same_eight(evaluation):
    drawn = official(evaluation)
    support, query = (evaluation.author[images].flatten(1) for images in (drawn.support, drawn.query))
    assert (support == support[:, :1]).all()
    assert (query == query[:, :1]).all()
    assert (support[:, 0] != query[:, 0]).all()
    # Run 1: drawer 5 against drawer 8, as its file names say.
    assert (evaluation.authors[support[0, 0]], evaluation.authors[query[0, 0]]) == ("05", "08")
    assert set(support[:, 0].tolist()) | set(query[:, 0].tolist()) == set(range(8))


def test_the_official_trials_need_all_their_images():
    with pytest.raises(RequestError, match=r"official trials: expected the image \('"):
        official(characters(LAKE.classes["val"]))
    with pytest.raises(RequestError, match=r"the image \('.*', '0[5678]'\)"):
        official(characters(LAKE.classes["test"], drawers=4))


def test_the_official_trials_need_the_eight_drawers_and_no_others(evaluation):
    eight = characters(LAKE.classes["test"], drawers=8)
    few, all_of = official(eight), official(evaluation)
    for name in ("support", "query"):
        ours, theirs = getattr(few, name), getattr(all_of, name)
        assert torch.equal(eight.label[ours], evaluation.label[theirs])
        assert torch.equal(eight.author[ours], evaluation.author[theirs])
    later = evaluation.only((evaluation.author >= 2).nonzero()[:, 0])  # drawer 03 is author 0
    with pytest.raises(RequestError, match=r"the image \('.*', '0[12]'\)"):
        official(later)
    named = replace(evaluation, authors=tuple(f"drawer {number}" for number in range(20)))
    with pytest.raises(RequestError, match="in the bank, got none"):
        official(named)


def test_the_real_images_of_the_official_trials(omniglot_data):
    """Support and query of a run are drawings of the same characters, which pixels know better than chance."""
    names = official_runs()[0].support
    bank = omniglot(LAKE.classes["test"], 28, omniglot_data)
    drawn = official(bank)
    assert {bank.classes[number] for number in drawn.classes[0].tolist()} == set(names)
    images = bank.pixels.flatten(1).float()
    best = torch.cdist(images[drawn.query[:, :, 0]], images[drawn.support[:, :, 0]]).argmin(-1)
    assert (best == torch.arange(20)).double().mean() > 0.15  # chance is 0.05


def test_val_tasks_are_as_the_official_ones(val):
    drawn = evaluation_tasks(val, LAKE.val[0], LAKE)
    assert len(drawn) == 400
    for images in (drawn.support, drawn.query):
        assert (val.group[images].flatten(1) == val.group[drawn.support[:, 0]]).all()
        assert (val.author[images].flatten(1) == val.author[images[:, 0]]).all()
    assert (val.author[drawn.support[:, 0]] != val.author[drawn.query[:, 0]]).all()
    assert drawn.classes.unique().numel() == len(val.classes)


def test_evaluation_tasks_are_fixed_by_the_protocol(val):
    first = evaluation_tasks(val, LAKE.val[0], LAKE)
    assert equal(evaluation_tasks(characters(LAKE.classes["val"]), LAKE.val[0], LAKE), first)
    fewer = evaluation_tasks(val, replace(LAKE.val[0], number=30), LAKE)
    assert equal(fewer, first[:30])
    for other in (replace(LAKE, seed=1), replace(LAKE, name="other")):
        assert not equal(evaluation_tasks(val, LAKE.val[0], other), first)


def test_verification_pairs(val):
    drawn = verification_tasks(val, LAKE, "val")
    assert len(drawn) == LAKE.pairs
    same = drawn.query[:, 0, 0], drawn.support[:, 0, 0]
    different = drawn.query[:, 2, 0], drawn.support[:, 1, 0]
    assert (val.label[same[0]] == val.label[same[1]]).all()
    assert (val.label[different[0]] != val.label[different[1]]).all()
    four = torch.stack([*same, *different], 1)
    assert all(images.unique().numel() == 4 for images in four)
    for left, right in (same, different):
        assert (val.author[left] != val.author[right]).all()
        assert (val.group[left] == val.group[right]).all()


def test_verification_pairs_are_fixed_by_the_protocol(val):
    first = verification_tasks(val, LAKE, "val")
    assert equal(verification_tasks(characters(LAKE.classes["val"]), LAKE, "val"), first)
    assert equal(verification_tasks(val, replace(LAKE, pairs=50), "val"), first[:50])
    assert not equal(verification_tasks(val, replace(LAKE, seed=1), "val"), first)


def test_verification_pairs_of_some_authors_are_images_of_the_whole_bank(val):
    allowed = ("17", "03", "04", "18")
    protocol = replace(LAKE, pairs=300, pair_authors={"test": allowed})
    drawn = verification_tasks(val, protocol, "test")
    images = torch.cat([drawn.support.flatten(), drawn.query.flatten()])
    assert {val.authors[author] for author in val.author[images].tolist()} == set(allowed)
    assert (val.label[drawn.support[..., 0]] == drawn.classes).all()
    assert (val.label[drawn.query[..., 0]] == drawn.classes).all()
    assert (val.author[drawn.support[..., 0]] != val.author[drawn.query[..., 0]]).all()
    assert equal(verification_tasks(characters(LAKE.classes["val"]), protocol, "test"), drawn)
    assert equal(verification_tasks(val, protocol, "val"), verification_tasks(val, LAKE, "val")[:300])


def test_verification_pairs_of_koch_are_by_the_drawers_of_each_stage():
    koch = replace(load_protocol("koch"), pairs=300)
    for stage, bank in (("val", "05 06 07 08"), ("test", "01 02 03 04")):
        whole = characters(koch.classes[stage])
        own = torch.tensor([name in koch.authors[stage] for name in whole.authors])
        split = whole.only(own[whole.author].nonzero()[:, 0])
        drawn = verification_tasks(split, koch, stage)
        met = {
            split.authors[author] for author in split.author[torch.cat([drawn.support, drawn.query])].unique().tolist()
        }
        assert met == set(bank.split())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"way": 13}, "protocol held_out on test: 13-way 1-shot tasks need 13 classes, but there are 12"),
        ({"query": 6}, r"protocol held_out on test: 5-way 1-shot tasks with 6 queries need 1 \+ 6 images a class"),
    ],
)
def test_tasks_that_the_images_cannot_give_are_refused_before_any_is_drawn(glyph_bank, changes, message):
    held_out = load_protocol(make_part("protocols", "held_out", {"query": 5, "shots": [1]} | changes))
    with pytest.raises(RequestError, match=message):
        check_tasks(glyph_bank(12, images=6), held_out, "test")


def test_pairs_need_three_classes(glyph_bank):
    held_out = load_protocol(make_part("protocols", "held_out", {"way": 2, "query": 1, "shots": [1]}))
    check_tasks(glyph_bank(3), held_out, "val")
    with pytest.raises(RequestError, match="on val: 3-way 1-shot tasks need 3 classes, but there are 2"):
        check_tasks(glyph_bank(2, groups=1), held_out, "val")
