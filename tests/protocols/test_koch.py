"""The protocol `koch`: alphabets and drawers, each in one split."""

from itertools import combinations

from fewshot.data.class_lists.omniglot import background_classes, evaluation_classes
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.protocols import load_protocol

KOCH = load_protocol("koch")


def alphabets(names) -> list[str]:
    return sorted({name.split("/")[0] for name in names})


def drawers(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"{number:02d}" for number in range(first, last + 1))


def test_thirty_ten_and_ten_whole_alphabets():
    assert {split: len(alphabets(names)) for split, names in KOCH.classes.items()} == {
        "train": 30,
        "val": 10,
        "test": 10,
    }
    everything = sum(KOCH.classes.values(), ())
    assert sorted(everything) == sorted(background_classes() + evaluation_classes())
    for one, other in combinations(KOCH.classes.values(), 2):
        assert not set(alphabets(one)) & set(alphabets(other))


def test_test_is_the_alphabets_of_the_trials_and_val_every_fourth_of_the_others():
    trials = {run.alphabet for run in official_runs()}
    assert alphabets(KOCH.classes["test"]) == sorted(trials)
    others = [name for name in alphabets(background_classes() + evaluation_classes()) if name not in trials]
    assert len(others) == 40
    assert alphabets(KOCH.classes["val"]) == others[2::4]


def test_no_drawer_is_in_two_splits_and_the_trials_have_theirs():
    assert KOCH.authors == {"train": drawers(9, 20), "val": drawers(5, 8), "test": drawers(1, 8)}
    pairs = {"train": KOCH.authors["train"], "val": KOCH.authors["val"], "test": KOCH.pair_authors["test"]}
    assert [len(pairs[split]) for split in KOCH.classes] == [12, 4, 4]
    for one, other in combinations(pairs.values(), 2):
        assert not set(one) & set(other)
    assert not set(KOCH.authors["train"]) & set(KOCH.authors["test"])
    met = {f"{drawer:02d}" for run in official_runs() for drawer in (run.support_drawer, run.query_drawer)}
    assert met == set(KOCH.authors["test"])


def test_the_numbers_of_the_paper():
    assert KOCH.selects_by.number * KOCH.selects_by.shape.way * KOCH.selects_by.shape.query == 320
    assert (KOCH.selects_by.within_group, KOCH.selects_by.other_authors) == (True, True)
    assert 2 * KOCH.pairs == 10_000
    assert [one.trials for one in KOCH.test] == ["official"]
    assert KOCH.verify


def test_the_authors_of_what_is_learned_from():
    found = KOCH.authors_in("train+val")
    assert set(found) == set(KOCH.learned_from("train+val"))
    assert {found[name] for name in KOCH.classes["val"]} == {drawers(5, 8)}
    assert set(KOCH.authors_in("train").values()) == {drawers(9, 20)}
    assert load_protocol("lake").authors_in("train+val") == {}
