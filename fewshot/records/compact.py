"""Short forms of long lists in a record's JSON: accuracies of episodes, class names and answers."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import chain, groupby
from string import ascii_letters, digits, punctuation

from fewshot.records.answers import Answers, ClassCounts, PairClasses, Trials, check_answers, check_pairs
from fewshot.records.values import check_whole

LONG = 2000  # values of one kind of task; a longer list is stored as its distinct values and indices
LETTERS = (ascii_letters + digits + punctuation).translate({ord(mark): None for mark in '"\\'})


def packed(values: list[float], letters: bool) -> list[float] | dict[str, list | str]:
    """Values or, if there are many, distinct ones and indices into them: 10,000 episodes have some 50 values.

    With `letters`, indices are one of `LETTERS` each where there are enough of these.
    """
    values = [round(value, 6) for value in values]
    if len(values) <= LONG:
        return values
    different = [value for value, _ in Counter(values).most_common()]
    place = {value: number for number, value in enumerate(different)}
    each = [place[value] for value in values]
    short = letters and len(different) <= len(LETTERS)
    return {"values": different, "each": "".join(LETTERS[number] for number in each) if short else each}


def unpacked(values: list[float] | dict[str, list | str]) -> list[float]:
    """The values that `packed` was given. Raises `ValueError` for indices of no value."""
    if not isinstance(values, dict):
        return values
    different, each = values["values"], values["each"]
    if isinstance(each, str):
        by_letter = dict(zip(LETTERS, different, strict=False))
        return [by_letter[letter] for letter in each]
    check_whole("each", each, len(different))
    return [different[number] for number in each]


def packed_names(names: Sequence[str]) -> list[list[str | list[str]]]:
    """Class names in order, those of one group together: [["Greek/", ["character01", "character02"]]]."""
    parts = [("".join(name.rpartition("/")[:2]), name.rpartition("/")[2]) for name in names]
    return [[group, [last for _, last in some]] for group, some in groupby(parts, lambda part: part[0])]


def unpacked_names(groups: Sequence[Sequence[str | list[str]]]) -> tuple[str, ...]:
    """The class names that `packed_names` was given. Raises `ValueError` for names that come twice."""
    found = tuple(group + name for group, names in groups for name in names)
    if len({*found}) < len(found) or not all(type(names) is list for _, names in groups):
        raise ValueError("classes: expected lists of names, each name once")
    return _shared(found)


def packed_answers(answers: Answers) -> dict:
    """Answers as plain values; confusions stand together by their times: [[9, [true, answered, true, answered]]]."""
    if isinstance(answers, Trials):
        return vars(answers)
    grouped: dict[float, list[int]] = {}
    for true, answered, times in answers.confusions:
        grouped.setdefault(times, []).extend((true, answered))
    return vars(answers) | {"confusions": [*map(list, grouped.items())]}


def unpacked_answers(plain: dict, classes: int, accuracy: Sequence[float]) -> Answers:
    """The answers that `packed_answers` was given. Raises `ValueError` where they do not fit classes or accuracies."""
    if "scores" in plain:
        found = Trials(**plain)
    else:
        pairs = [
            (*pair, times) for times, flat in plain["confusions"] for pair in zip(flat[::2], flat[1::2], strict=True)
        ]
        found = ClassCounts(**plain | {"confusions": pairs})
    check_answers(found, classes, accuracy)
    return found


def packed_pairs(pairs: PairClasses) -> dict:
    """The classes of verification pairs as plain values."""
    return {"same": pairs.same, "different": [*map(list, pairs.different)]}


def unpacked_pairs(plain: dict, classes: int, verification: dict[str, list[float]]) -> PairClasses | None:
    """The classes of verification pairs, if there are any. Raises `ValueError` where they do not fit the scores."""
    if not plain:
        return None
    both = [*plain["same"], *chain(*plain["different"])]
    if not {2}.issuperset(map(len, plain["different"])):
        raise ValueError("answers: expected two classes of each different pair")
    check_whole("classes of pairs", both, classes)  # here, as True is 1 to a cache
    same, different = (len(verification[side]) for side in ("same", "different"))
    return _pairs(tuple(both), len(plain["same"]), classes, same, different)


@lru_cache
def _pairs(both: tuple[int, ...], number: int, classes: int, same: int, different: int) -> PairClasses:
    """The classes of pairs, of which the first `number` are same pairs; the records of a protocol share one object."""
    found = PairClasses([*both[:number]], [*zip(both[number::2], both[number + 1 :: 2], strict=True)])
    check_pairs(found, classes, same, different)
    return found


@lru_cache
def _shared(names: tuple[str, ...]) -> tuple[str, ...]:
    """The names, one object for all records with the same ones."""
    return names
