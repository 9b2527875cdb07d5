"""Tasks drawn from a bank: what is in them, that they are addressable, and that they are fair."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest
import torch
from scipy.stats import chisquare
from torch.overrides import TorchFunctionMode

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.tasks.sampler import TaskSampler, gather, sample_tasks

UNLIKELY = 1e-4  # with fixed seeds a test either passes always or never
SHAPE = TaskShape(way=4, shot=2, query=3)
KINDS = [{}, {"within_group": 0.7}, {"other_authors": True}, {"within_group": 1.0, "other_authors": True}]


@pytest.fixture
def bank(glyph_bank):
    return glyph_bank(14, images=[6, 8, 7] * 4 + [6, 9], groups=(5, 3, 6), authors=6)


def equal(left, right) -> bool:
    return all(torch.equal(getattr(left, name), getattr(right, name)) for name in ("support", "query", "classes"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_has_distinct_classes_and_images_and_row_w_is_one_class(bank, kind):
    drawn = TaskSampler(bank, SHAPE, **kind).draw(0, "test", range(300))
    assert (drawn.support.shape, drawn.query.shape, drawn.classes.shape) == ((300, 4, 2), (300, 4, 3), (300, 4))
    images = torch.cat([drawn.support, drawn.query], 2)
    assert torch.equal(bank.label[images], drawn.classes[..., None].expand(300, 4, 5))
    for task in range(300):
        assert drawn.classes[task].unique().numel() == 4
        assert images[task].unique().numel() == 4 * 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_task_is_the_same_alone_and_in_any_batch(bank, kind):
    source = TaskSampler(bank, SHAPE, **kind)
    batch = source.draw(5, "test", range(400, 440))
    assert equal(source.draw(5, "test", [417]), batch[17:18])
    backwards = source.draw(5, "test", torch.tensor([425, 417]))
    assert equal(backwards[:1], batch[25:26])
    assert equal(backwards[1:], batch[17:18])


def test_other_seeds_purposes_and_numbers_give_other_tasks(bank):
    source = TaskSampler(bank, SHAPE)
    first = source.draw(0, "test", [0])
    for seed, purpose, number in ((1, "test", 0), (0, "val", 0), (0, "test", 1)):
        assert not torch.equal(source.draw(seed, purpose, [number]).support, first.support)


def test_every_process_draws_the_same_tasks():
    """Whatever the seed of Python's hashes. Other numbers here would be other evaluation tasks in every table."""
    code = """
import numpy as np
from fewshot.data.bank import make_bank
from fewshot.tasks.sampler import TaskSampler
from fewshot.core.recipe import TaskShape

label, author = np.repeat(np.arange(12), 6), np.tile(np.arange(6), 12)
names = {"classes": tuple("abcdefghijkl"), "groups": tuple("xyz"), "authors": tuple("123456")}
bank = make_bank(np.zeros((72, 1, 1, 1), np.uint8), label, label // 4, author, **names)
for share, other in ((0.0, False), (1.0, True)):
    drawn = TaskSampler(bank, TaskShape(3, 1, 2), share, other).draw(3, "train", [417])
    print(drawn.classes.tolist(), drawn.support.tolist(), drawn.query.tolist())
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONHASHSEED": "random"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == [
        "[[8, 10, 1]] [[[52], [65], [7]]] [[[49, 51], [60, 61], [8, 6]]]",
        "[[2, 3, 0]] [[[17], [23], [5]]] [[[12, 13], [18, 19], [0, 1]]]",
    ]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
@pytest.mark.parametrize("kind", KINDS)
def test_a_gpu_draws_the_same_tasks(bank, kind):
    here, there = (TaskSampler(bank.to(place), SHAPE, **kind).draw(0, "test", range(200)) for place in ("cpu", "cuda"))
    assert all(torch.equal(getattr(here, name), getattr(there, name).cpu()) for name in ("support", "query", "classes"))


def test_all_classes_are_drawn_equally_often_and_no_others(bank):
    classes = TaskSampler(bank, SHAPE).draw(0, "test", range(2000)).classes
    assert {bank.classes[number] for number in classes.flatten().tolist()} == set(bank.classes)
    for row in classes.unbind(1):
        assert chisquare(torch.bincount(row, minlength=14)).pvalue > UNLIKELY


@pytest.mark.parametrize("kind", KINDS)
def test_every_image_of_a_class_serves_equally_often(glyph_bank, kind):
    bank = glyph_bank(6, images=7, groups=1)
    drawn = TaskSampler(bank, SHAPE, **kind).draw(0, "test", range(3000))
    for images in (*drawn.support[:, 0].unbind(1), *drawn.query[:, 0].unbind(1)):
        assert chisquare(torch.bincount(images % 7, minlength=7)).pvalue > UNLIKELY


@pytest.mark.parametrize("kind", [{}, {"other_authors": True}])
def test_every_image_of_classes_of_any_size_is_drawn_on_both_sides(bank, kind):
    drawn = TaskSampler(bank, SHAPE, **kind).draw(0, "test", range(1000))
    assert drawn.support.unique().numel() == drawn.query.unique().numel() == len(bank)


def test_within_a_group_all_classes_are_of_one_group_and_small_groups_are_left_out(bank):
    source = TaskSampler(bank, SHAPE, within_group=1.0)
    assert source.left_out == ("group1",)
    group = bank.class_group[source.draw(0, "test", range(2000)).classes]
    assert (group == group[:, :1]).all()
    of_zero, of_one, of_two = torch.bincount(group[:, 0], minlength=3).tolist()
    assert of_one == 0
    assert chisquare([of_zero, of_two]).pvalue > UNLIKELY  # by group, not by class


def test_a_share_of_the_tasks_is_within_a_group(glyph_bank):
    bank = glyph_bank(40, groups=8)
    group = bank.class_group[TaskSampler(bank, SHAPE, within_group=0.7).draw(0, "test", range(4000)).classes]
    share = float((group == group[:, :1]).all(1).double().mean())
    assert share == pytest.approx(0.7, abs=0.03)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_no_author_of_a_tasks_support_is_in_its_query_set(bank, share):
    drawn = TaskSampler(bank, SHAPE, share, other_authors=True).draw(0, "test", range(500))
    for support, query in zip(drawn.support, drawn.query, strict=True):
        assert not set(bank.author[support].flatten().tolist()) & set(bank.author[query].flatten().tolist())


@pytest.mark.parametrize(("shot", "query"), [(1, 1), (2, 3)])
def test_one_drawer_for_each_shot_where_each_made_one_image_of_each_class(glyph_bank, shot, query):
    """So a 1-shot task with one query has two drawers, as a run of Omniglot's official task."""
    bank = glyph_bank(9, images=7)
    drawn = TaskSampler(bank, TaskShape(5, shot, query), other_authors=True).draw(0, "test", range(300))
    for images, count in ((drawn.support, shot), (drawn.query, query)):
        assert all(bank.author[task].unique().numel() == count for task in images)


def test_every_pair_of_drawers_is_equally_likely(glyph_bank):
    bank = glyph_bank(6, images=5)
    drawn = TaskSampler(bank, TaskShape(3, 1, 1), other_authors=True).draw(0, "test", range(4000))
    pair = bank.author[drawn.support[:, 0, 0]] * 5 + bank.author[drawn.query[:, 0, 0]]
    count = torch.bincount(pair, minlength=25).view(5, 5)
    assert not count.diagonal().any()
    assert chisquare(count[~torch.eye(5, dtype=torch.bool)]).pvalue > UNLIKELY


@pytest.mark.parametrize(
    ("shape", "kind", "message"),
    [
        (TaskShape(15, 1, 1), {}, "15-way 1-shot tasks need 15 classes, but there are 14"),
        (TaskShape(7, 1, 1), {"within_group": 0.5}, "no group has the 7 classes"),
        (TaskShape(4, 1, 1), {"within_group": 70}, "within_group: expected a share from 0 to 1, got 70"),
        (TaskShape(4, 3, 4), {}, r"3 \+ 4 images a class; group0/glyph0 has 6 .*\(5 such classes\)"),
        (
            TaskShape(4, 4, 1),
            {"other_authors": True},
            r"4 \+ 1 images a class by different authors.*glyph0 has 6 by 6 authors",
        ),
        (TaskShape(4, 1, 4), {"other_authors": True}, r"1 \+ 4 images a class by different authors.*glyph0"),
    ],
)
def test_a_task_that_the_bank_cannot_give_is_refused(bank, shape, kind, message):
    with pytest.raises(RequestError, match=message):
        TaskSampler(bank, shape, **kind)


def test_one_author_cannot_be_on_both_sides(glyph_bank):
    with pytest.raises(RequestError, match="by different authors"):
        TaskSampler(glyph_bank(6, authors=1), TaskShape(2, 1, 1), other_authors=True)


class Work(TorchFunctionMode):
    """Counts the numbers that torch's functions give back."""

    numbers = 0

    def __torch_function__(self, function, types, args=(), kwargs=None):
        result = function(*args, **(kwargs or {}))
        results = result if isinstance(result, tuple | list) else [result]
        self.numbers += sum(value.numel() for value in results if isinstance(value, torch.Tensor))
        return result


@pytest.mark.parametrize("kind", KINDS)
def test_a_draw_costs_the_same_from_a_hundred_classes_and_from_a_hundred_thousand(glyph_bank, kind):
    costs = []
    for classes in (100, 100_000):
        source = TaskSampler(glyph_bank(classes, groups=10, size=1), SHAPE, **kind)
        with Work() as work:
            source.draw(0, "test", range(50))
        costs.append(work.numbers)
    assert costs[0] == costs[1] > 0


def test_gathered_images_are_the_banks_from_zero_to_one(bank):
    bank.pixels[0], bank.pixels[1] = 0, 255
    drawn = TaskSampler(bank, SHAPE).draw(0, "test", range(30))
    tasks = gather(bank, drawn)
    assert (tasks.support.dtype, tasks.support.shape, tasks.query.shape) == (
        torch.float32,
        (30, 4, 2, 1, 8, 8),
        (30, 4, 3, 1, 8, 8),
    )
    assert torch.equal(tasks.classes, drawn.classes)
    for images, places in ((tasks.support, drawn.support), (tasks.query, drawn.query)):
        assert torch.equal(images, bank.pixels[places] / 255)
    both = torch.cat([tasks.support, tasks.query], 2)
    assert (both.min(), both.max()) == (0, 1)


def test_draw_is_a_source_and_gather_in_one_call(bank):
    source = TaskSampler(bank, SHAPE, 0.5, other_authors=True)
    expected = gather(bank, source.draw(3, "val", range(5)))
    found = sample_tasks(bank, SHAPE, seed=3, purpose="val", numbers=range(5), within_group=0.5, other_authors=True)
    assert equal(found, expected)


# Forgeries


@pytest.fixture
def forged(glyph_bank):
    """A bank with the last two images of each class forged."""
    bank = glyph_bank(14, images=[12, 14, 13] * 4 + [12, 15], groups=(5, 3, 6), authors=6)
    last = torch.tensor([image for first, count in zip(bank.first.tolist(), bank.count.tolist(), strict=True)
                         for image in (first + count - 2, first + count - 1)])  # fmt: skip
    return replace(bank, forged=torch.zeros(len(bank), dtype=torch.bool).index_fill(0, last, value=True))


@pytest.mark.parametrize("kind", KINDS)
def test_a_forgery_is_no_support_and_no_query_of_its_class(forged, kind):
    shape = TaskShape(way=4, shot=1, query=2)
    plain, more = (TaskSampler(forged, shape, **kind, forged=n).draw(0, "train", range(200)) for n in (0, 2))
    assert not forged.forged[torch.cat([plain.support, plain.query], 2)].any()
    assert torch.equal(more.support, plain.support)
    assert torch.equal(more.query[:, :, :2], plain.query)
    fake = more.query[:, :, 2:]
    assert forged.forged[fake].all()
    assert torch.equal(forged.label[fake], more.classes[..., None].expand(200, 4, 2))
    assert (fake[..., 0] != fake[..., 1]).all()
    assert (gather(forged, more[:3]).forged, len(gather(forged, more[:3]).classes)) == (2, 3)


def test_a_class_with_too_few_forgeries_is_refused(forged):
    with pytest.raises(RequestError, match="3 forged queries need 3 forgeries of each class; group0/glyph0 has 2"):
        TaskSampler(forged, TaskShape(2, 1, 1), forged=3)
