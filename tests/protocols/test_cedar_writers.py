"""CEDAR's writers: MS-SigNet's split, and eleven folds that test each writer once."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.writers import CEDAR
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part


def of_fold(fold: int):
    return load_protocol(make_part("protocols", "cedar_writers", {"fold": fold})).classes


def test_the_split_of_ms_signet():
    classes = of_fold(0)
    assert classes["test"] == ("29", "30", "36", "50", "55")
    assert classes["val"] == ("12", "13", "33", "38", "53")
    assert len(classes["train"]) == 45


def test_every_writer_is_tested_in_one_fold_and_never_learned_from_there():
    folds = [of_fold(fold) for fold in range(1, 12)]
    assert sorted(name for one in folds for name in one["test"]) == list(CEDAR)
    assert all(sorted(one["train"] + one["val"] + one["test"]) == list(CEDAR) for one in folds)
    assert all(one["val"] == following["test"] for one, following in zip(folds, folds[1:] + folds[:1], strict=True))


def test_a_fold_that_is_not_there_is_refused():
    with pytest.raises(RequestError, match="fold: expected a number from 0 to 11, got 12"):
        of_fold(12)


def test_numbers_of_references_are_different():
    with pytest.raises(RequestError, match=r"references: expected different numbers of references, got \[3, 3\]"):
        load_protocol(make_part("protocols", "cedar_writers", {"references": [3, 3]}))
