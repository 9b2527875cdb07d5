"""Named pairs found in a bank by file and number, with missing images and forgeries; and measured one by one."""

from dataclasses import replace

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.types import Tasks
from fewshot.data.pair_list import NamedPair, of_classes
from fewshot.evaluation.measure import best_threshold, measure, right_by_fold
from fewshot.models.learners.hausdorff import hausdorff
from fewshot.models.learners.pixels import pixels
from fewshot.models.similarities.euclidean import euclidean
from fewshot.protocols import Episodes, PairLists, Protocol
from fewshot.records.answers import PairList
from fewshot.records.stored.consistency import check_pairs
from fewshot.tasks.fixed import check_tasks, evaluation_tasks, verification_pairs
from fewshot.tasks.named_pairs import named_pairs

A, B = "group0/glyph0", "group0/glyph1"


@pytest.fixture
def bank(glyph_bank):
    """Files of class 0 are numbered from 11, its last two are forged; class 5 has one image."""
    bank = glyph_bank(6, images=[5, 4, 4, 4, 4, 1], groups=(3, 3))
    names = [f"scans/{label}_{number + 11:04d}.png" for number, label in enumerate(bank.label.tolist())]
    forged = torch.zeros(len(bank), dtype=torch.bool)
    forged[3:5] = True
    return replace(bank, names=tuple(names), forged=forged)


def protocol(bank, *pairs: NamedPair, missing: str = "count") -> Protocol:
    lists = PairLists({"test": "given"}, missing=missing, pairs={"test": pairs})
    kind = (Episodes(TaskShape(3, 1, 1), 10),)
    classes = {"train": (), "val": bank.classes, "test": bank.classes}
    return Protocol("pairs", "made-up", classes, kind, kind, pairs=20, seed=1, verify=True, lists=lists)


def pair(left: str, right: str, same: bool, **more) -> NamedPair:
    return NamedPair(left, right, same, **{"line": 7} | more)


PAIRS = (
    pair("scans/0_0011.png", f"{A}/12", True, fold="1"),
    pair(f"{A}/0_0013.png", f"{B}/17", False, fold="1"),
    pair(f"{A}/11", f"{A}/14", False, fold="2"),  # a forgery
    pair(f"{B}/16", f"{B}/18", True, fold="2", role="near"),
    pair(f"{A}/99", f"{B}/16", False),
    pair("nobody/1", f"{B}/16", True),
)


def test_images_are_found_by_file_and_by_number(bank):
    found = named_pairs(bank, protocol(bank, *PAIRS), "test")
    assert (found.same.tolist(), found.different.tolist()) == ([[0, 1], [5, 7]], [[2, 6], [0, 3]])
    assert found.notes == PairList(("1", "2", "1", "2"), ("", "near", "random", "forged"), {"different": 1, "same": 1})
    classes = found.classes(bank)
    assert (classes.same, classes.different) == ([0, 1], [(0, 1), (0, 0)])
    check_pairs(classes, 6, 2, 2, named=True)


def test_without_folds_roles_and_forgeries_there_are_no_notes_of_them(bank):
    genuine = replace(bank, forged=torch.zeros_like(bank.forged))
    plain = [replace(PAIRS[number], fold="", role="") for number in (0, 1)]
    assert named_pairs(genuine, protocol(genuine, *plain), "test").notes == PairList()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (pair(f"{A}/11", f"{B}/16", True), f"line 7: expected two images of one class, got .* of {A} and {B}"),
        (
            pair(f"{A}/11", f"{A}/12", False),
            f"expected images of two classes, or one that is forged, got .* both of {A}",
        ),
        (pair(f"{A}/11", f"{A}/14", True), "expected a forgery beside a genuine image of its class, as different"),
        (pair(f"{A}/15", f"{A}/14", False), "expected a forgery beside a genuine image"),
        (pair(f"{A}/14", f"{B}/16", False), "expected a forgery beside a genuine image"),
        (pair(f"{A}/11", "scans/0_0011.png", True), "expected two images, got .* which are one"),
    ],
)
def test_a_pair_that_contradicts_its_images_is_refused(bank, wrong, message):
    with pytest.raises(RequestError, match=message):
        named_pairs(bank, protocol(bank, *PAIRS, wrong), "test")


def test_missing_images_are_refused_where_the_protocol_says_so_or_none_is_left(bank):
    with pytest.raises(RequestError, match=rf'as missing = "refuse", got none of 2 \({A}/99, nobody/1\)'):
        named_pairs(bank, protocol(bank, *PAIRS, missing="refuse"), "test")
    with pytest.raises(
        RequestError, match=r"expected pairs of both kinds, got none of the kind same; not there: 1 \(nobody"
    ):
        check_tasks(bank, protocol(bank, *PAIRS[1:3], PAIRS[5]), "test")


def test_names_are_found_in_any_form_of_unicode(bank):
    apart = replace(
        bank, names=("scans/E\u0301va_0011.png", *bank.names[1:])
    )  # E and its accent, as some systems write
    found = named_pairs(apart, protocol(apart, replace(PAIRS[0], left="scans/\u00c9va_0011.png"), PAIRS[1]), "test")
    assert found.same.tolist() == [[0, 1]]
    pairs = [NamedPair("\u00c9va/1", "Bo/1", False)]
    assert of_classes(pairs, ["E\u0301va", "Bo", "Cy"]) == {"E\u0301va", "Bo"}


def test_a_name_of_two_images_is_refused(bank):
    twice = replace(bank, names=tuple(name.replace("0011", "0012") for name in bank.names[:1]) + bank.names[1:])
    with pytest.raises(RequestError, match=f"line 7: expected one image, got several of {A}/12"):
        named_pairs(twice, protocol(twice, pair(f"{A}/12", f"{A}/13", True)), "test")


def test_tasks_are_of_the_classes_with_enough_images(bank):
    given = protocol(bank, *PAIRS)
    drawn = evaluation_tasks(bank, given.test[0], given)
    assert torch.equal(bank.label[drawn.support[..., 0]], drawn.classes)
    assert torch.equal(bank.label[drawn.query[..., 0]], drawn.classes)
    assert {*drawn.classes.flatten().tolist()} == {0, 1, 2, 3, 4}
    assert not bank.forged[torch.cat([drawn.support, drawn.query], 2)].any()
    of_val = verification_pairs(bank, given, "val")
    assert (len(of_val.same), 5 in bank.label[of_val.different].flatten().tolist()) == (20, False)
    assert of_val.classes(bank).same == of_val.tasks.classes[:, 0].tolist()


@pytest.mark.parametrize("make", [lambda bank: pixels(euclidean(bank.shape)), lambda _: hausdorff()])
def test_exactly_the_named_pairs_are_scored(bank, make):
    found = measure(learner := make(bank), bank, protocol(bank, *PAIRS), "test")
    images = bank.pixels.float() / 255

    def expected(left: int, right: int) -> float:
        if isinstance(learner, pixels):
            return -float((images[left] - images[right]).norm())
        support, query = (images[[one]][None, None] for one in (right, left))
        return float(learner.scores(Tasks(support, query, torch.zeros(1, 1, dtype=torch.int64))))

    for scores, pairs in ((found.same, [[0, 1], [5, 7]]), (found.different, [[2, 6], [0, 3]])):
        assert scores == pytest.approx([expected(*pair) for pair in pairs], rel=1e-4)
    assert (found.pair_list.failed, found.pair_classes.different) == ({"different": 1, "same": 1}, [(0, 1), (0, 0)])
    assert len(found.accuracy["verification"]) == 4


def test_each_fold_is_judged_by_the_threshold_of_the_others():
    same, different, folds = [5.0, 1.0, 9.0], [0.0, 6.0, 2.0], ("a", "b", "c", "a", "b", "c")
    found, expected = right_by_fold(same, different, folds), []
    for scores, kind, own in ((same, True, folds[:3]), (different, False, folds[3:])):
        for score, fold in zip(scores, own, strict=True):
            others = [[one for one, other in zip(some, where, strict=True) if other != fold]
                      for some, where in ((same, folds[:3]), (different, folds[3:]))]  # fmt: skip
            expected.append(float((score >= best_threshold(*others)) == kind))
    assert found == expected
    assert 0 < sum(found) < 6
