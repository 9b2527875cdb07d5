"""The short forms of a record's long lists, and the way back."""

import json

import numpy as np
import pytest

from fewshot.records.answers import ClassCounts, Identified, PairClasses, trials_of
from fewshot.records.stored.compact import (
    LETTERS,
    LONG,
    packed,
    packed_answers,
    packed_identified,
    packed_names,
    packed_pairs,
    unpacked,
    unpacked_answers,
    unpacked_identified,
    unpacked_names,
    unpacked_pairs,
)


def through_json(value: object) -> object:
    plain = json.loads(text := json.dumps(value))
    assert plain == value  # lists alone, no tuples
    assert json.dumps(plain) == text
    return plain


@pytest.mark.parametrize("letters", [True, False])
@pytest.mark.parametrize("different", [2, len(LETTERS), len(LETTERS) + 1])
def test_accuracies_come_back_by_letters_while_there_are_enough(letters, different):
    values = [round(number % different / 200, 6) for number in range(LONG + 1)]
    plain = packed(values, letters)
    assert isinstance(plain["each"], str) == (letters and different <= len(LETTERS))
    assert unpacked(through_json(plain)) == values
    assert packed(values[1:], letters) == values[1:]


@pytest.mark.parametrize("each", ["abz", 'a"', "é"])
def test_letters_without_a_value_are_refused(each):
    with pytest.raises((ValueError, LookupError)):
        unpacked({"values": [0.5, 1.0], "each": each})


@pytest.mark.parametrize(
    ("names", "groups"),
    [
        (("Greek/a", "Greek/b", "Latin/a"), [["Greek/", ["a", "b"]], ["Latin/", ["a"]]]),
        (("Greek/a/rot000", "Greek/a/rot090"), [["Greek/a/", ["rot000", "rot090"]]]),
        (("Ωmega", "zwei drei"), [["", ["Ωmega", "zwei drei"]]]),
        (("a", "g/a", "a/", "/a", "h"), [["", ["a"]], ["g/", ["a"]], ["a/", [""]], ["/", ["a"]], ["", ["h"]]]),
        ((), []),
    ],
)
def test_class_names_stand_below_their_groups(names, groups):
    assert packed_names(names) == groups
    assert unpacked_names(json.dumps(groups)) == names


def test_answers_and_pairs_come_back():
    counts = ClassCounts(2, False, [4, 4, 2], [2, 1, 0.5], [2, 3, 2], [(1, 0, 2), (2, 1, 1.5), (0, 2, 1), (1, 2, 1)])
    plain = packed_answers(counts)
    assert plain["confusions"] == [[2, [1, 0]], [1.5, [2, 1]], [1, [0, 2, 1, 2]]]
    assert unpacked_answers(through_json(plain)) == counts
    trials = trials_of([[0, 2]], [[[0.5, 0.25], [0.5, 0.5]]])
    assert unpacked_answers(through_json(packed_answers(trials))) == trials
    pairs = PairClasses([0, 1], [(1, 2)])
    assert unpacked_pairs(json.dumps(packed_pairs(pairs)), 3, 2, 1) == pairs
    assert unpacked_pairs("{}", 3, 2, 1) is None


def of_gallery(number: int = 2003) -> Identified:
    """Probes of three classes, the second of which has none, with scores of float32."""
    scores = (np.sin(np.arange(2 * number)) * 40 - 2).astype(np.float32).astype(float)
    own, other = scores[:number].tolist(), scores[number:].tolist()
    rank = [1 if one > rest else 2 + place % 2 for place, (one, rest) in enumerate(zip(own, other, strict=True))]
    return Identified(1, 3, [number - 3, 0, 3], rank, own, other)


def test_probes_of_a_gallery_take_four_letters_a_score():
    found = of_gallery()
    plain = through_json(packed_identified(found))
    assert len(json.dumps(plain)) < 2003 * 9 + 300
    again = unpacked_identified(plain, 3)
    assert (again.rank, again.probes, again.identities) == (found.rank, found.probes, 3)
    for name in ("own", "other"):
        np.testing.assert_allclose(getattr(again, name), getattr(found, name), atol=80 / 2**24)
    assert packed_identified(again) == plain


def test_equal_scores_come_back_as_they_were():
    found = Identified(5, 2, [1, 1], [2, 2], [0.5, 0.5], [0.5, 0.5])
    assert unpacked_identified(packed_identified(found), 2) == found


@pytest.mark.parametrize("change", [
    {"identities": 1}, {"identities": 4}, {"probes": [2000, 0]}, {"probes": [2000, 0, 4]}, {"rank": [1] * 2003},
    {"rank": [4] * 2003}, {"own": "AAAA"}, {"other": "????"}, {"scores": [1.0, 0.0]}, {"references": 0},
])  # fmt: skip
def test_probes_that_do_not_fit_are_refused(change):
    with pytest.raises(ValueError, match=r"expected|base64"):
        unpacked_identified(packed_identified(of_gallery()) | change, 3)
