"""Tasks with a mistake in them, against what each says it does."""

import pytest
import torch

from fewshot.core.recipe import TaskShape
from fewshot.evaluation.pitfalls import draws
from fewshot.evaluation.pitfalls.setting import Setting
from fewshot.models.learners.pixels import pixels
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.fixed import evaluation_tasks

SHAPE = TaskShape(way=5, shot=2, query=3)


@pytest.fixture(scope="module")
def right(glyph_bank) -> Setting:
    bank = glyph_bank(24, images=10, groups=3, authors=10)
    episodes = Episodes(SHAPE, 400, within_group=True, other_authors=True)
    classes = {"train": (), "val": bank.classes, "test": ()}
    protocol = Protocol("made-up", "made-up", classes, val=(episodes,), test=(), pairs=50, seed=3)
    tasks = evaluation_tasks(bank, episodes, protocol)
    return Setting(pixels(euclidean((64,))), bank, protocol, episodes, tasks, lambda: bank)


def groups(setting: Setting) -> list[int]:
    """The number of groups of each task."""
    return [len({*row}) for row in setting.bank.class_group[setting.drawn.classes].tolist()]


def shared(setting: Setting) -> list[int]:
    """The number of authors that each task has among supports and among queries."""
    both = (setting.bank.author[images].flatten(1).tolist() for images in (setting.drawn.support, setting.drawn.query))
    return [len({*supports} & {*queries}) for supports, queries in zip(*both, strict=True)]


def test_the_right_tasks_are_of_one_group_and_of_other_authors(right):
    assert {*groups(right)} == {1}
    assert {*shared(right)} == {0}


def test_tasks_across_alphabets_are_of_several_and_keep_the_drawers_apart(right):
    wrong = draws.across_alphabets(right)
    assert min(groups(wrong)) < max(groups(wrong)) == 3
    assert {*shared(wrong)} == {0}
    assert not wrong.episodes.within_group


def test_without_drawers_apart_the_classes_are_the_same_and_the_images_others(right):
    wrong = draws.same_drawers(right)
    assert wrong.drawn.classes.equal(right.drawn.classes)
    assert max(shared(wrong)) > 0


def test_every_query_is_a_support_of_its_class(right):
    wrong = draws.identical_image(right)
    assert wrong.drawn.support.equal(right.drawn.support)
    for supports, queries in zip(wrong.drawn.support.flatten(0, 1).tolist(), wrong.drawn.query.flatten(0, 1).tolist(),
                                 strict=True):  # fmt: skip
        assert queries == [supports[0], supports[1], supports[0]]


def test_of_draws_with_replacement_as_many_queries_are_a_support_as_there_are_supports_among_the_images(right):
    wrong = draws.with_replacement(right)
    changed = wrong.drawn.query != right.drawn.query
    itself = (wrong.drawn.query[..., None] == right.drawn.support[:, :, None]).any(-1)
    assert changed.equal(itself)
    share, number = float(changed.double().mean()), changed.numel()
    assert share == pytest.approx(0.2, abs=4 * (0.2 * 0.8 / number) ** 0.5)
    assert draws.with_replacement(right).drawn.query.equal(wrong.drawn.query)
    assert {*torch.unique(wrong.drawn.classes).tolist()} == {*torch.unique(right.drawn.classes).tolist()}
