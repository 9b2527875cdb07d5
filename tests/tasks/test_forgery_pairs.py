"""Pairs of signatures: all genuine ones of a writer, and as many beside a forgery."""

from dataclasses import replace

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.fixed import can_pair, check_tasks, verification_pairs


@pytest.fixture
def bank(glyph_bank):
    """Three classes of four genuine images and three forgeries."""
    bank = glyph_bank(3, images=7, groups=1)
    return replace(bank, forged=torch.arange(len(bank)) % 7 >= 4)


def writers(bank, seed: int = 1) -> Protocol:
    kind = (Episodes(TaskShape(2, 1, 1), 10),)
    classes = {"train": (), "val": bank.classes, "test": bank.classes}
    return Protocol("writers", "made-up", classes, kind, kind, pairs=0, seed=seed, forgeries=True)


def test_pairs_of_val_are_genuine_or_beside_a_forgery_of_the_class(bank):
    check_tasks(bank, writers(bank), "val")
    found = verification_pairs(bank, writers(bank), "val")
    assert len(found.same) == len(found.different) == 3 * 6
    assert not bank.forged[found.same].any()
    assert bank.forged[found.different].tolist() == [[False, True]] * 18
    assert bank.forged[found.alone(bank).query.flatten()].tolist() == [False] * 18 + [True] * 18
    assert not bank.forged[found.alone(bank).support].any()
    for pairs in (found.same, found.different):
        assert torch.equal(bank.label[pairs[:, 0]], bank.label[pairs[:, 1]])
        assert bank.label[pairs[:, 0]].bincount().tolist() == [6, 6, 6]
        assert len(pairs.sort(1).values.unique(dim=0)) == 18
    assert (found.notes.roles, found.notes.folds) == (("",) * 18 + ("forged",) * 18, ())


def test_on_test_there_are_random_forgeries_too(bank):
    found = verification_pairs(bank, writers(bank), "test")
    assert found.notes.roles[18:] == ("forged",) * 18 + ("random",) * 18
    random = found.different[18:]
    assert not bank.forged[random].any()
    assert (bank.label[random[:, 0]] != bank.label[random[:, 1]]).all()


def test_another_seed_draws_other_forgeries(bank):
    one, same, other = (verification_pairs(bank, writers(bank, seed), "val").different for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_a_class_without_forgeries_is_refused(bank):
    bare = replace(bank, forged=bank.forged & (bank.label > 0))
    with pytest.raises(RequestError, match="two genuine images and a forgery of each class, got 7 and 0 of group0/gl"):
        verification_pairs(bare, writers(bare), "val")
    assert can_pair(bank, writers(bank), "val")
    assert not can_pair(bare, writers(bare), "val")
