"""What a table says of its intervals: the reasons of those that are not known, and figures without any spread."""

from dataclasses import replace

from fewshot.records.answers import ClassCounts, PairClasses
from fewshot.reporting.comparisons.notes import of_intervals
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import read_suite

SPEC = read_suite("tests/reporting/golden/suite.toml").specs[0]


def test_each_reason_is_that_of_the_figures_without_an_interval(make_record):
    """Of three classes, tasks of two are without the third, while any two pairs have a class in common."""
    record, pairs = make_record(SPEC), PairClasses([0, 1] * 25, [(0, 1), (1, 2)] * 25)

    def reason(way: int, shown: bool = True, **changes) -> str:
        counts = ClassCounts(way, False, [20] * 3, [15, 16, 17], [30, 31, 32], [])
        made = replace(record, accuracy={"t": [0.8] * 30}, answers={"t": counts}, classes=tuple("abc"))
        notes = of_intervals(summarise([replace(made, **{"pair_classes": pairs} | changes)]), pairs=shown)
        return "".join(note.partition("not known, as ")[2] for note in notes)

    common = "any two pairs of a kind have a class in common"
    assert reason(way=2) == common
    assert reason(way=2, shown=False) == ""
    assert reason(way=3) == f"every task has all classes or {common}"
    assert reason(way=3, shown=False) == "every task has all classes"
    assert reason(way=2, answers={}, pair_classes=None) == "the records hold no answers by class"


def test_a_method_that_is_always_right_is_not_said_to_be_so_for_certain(make_record):
    sure, other = ({"t": [1.0] * 30}, {"t": [1.0] * 29 + [0.9]})
    (note,) = [one for one in _intervals(make_record, sure) if "certain" in one]
    assert note == "every episode has the same value, so that ± 0.0 is no certainty: verification on t"
    assert not any("certain" in one for one in _intervals(make_record, other))


def _intervals(make_record, accuracy) -> list[str]:
    return of_intervals(summarise([replace(make_record(SPEC), accuracy=accuracy)]), pairs=False)


def test_brackets_of_pairs_name_the_identities_of_pairs_where_tasks_have_other_units(make_record):
    classes, counts = tuple("abcdef"), ClassCounts(2, False, [10] * 5 + [0], [7, 8, 9, 8, 7, 0], [15] * 5 + [0], [])
    pairs = PairClasses([0, 1, 2, 3, 4, 5] * 8 + [0, 1], [(0, 1), (2, 3), (4, 5)] * 16 + [(1, 2), (3, 4)])
    record = replace(make_record(SPEC), accuracy={"t": [0.8, 0.7] * 5}, classes=classes, pair_classes=pairs)

    def brackets(**answers) -> str:
        notes = of_intervals(summarise([replace(record, answers=answers)]), pairs=True)
        return "".join(one for one in notes if one.startswith("in brackets"))

    ends = "of pairs both ends, as it is not symmetric, with letters (n = 6) as random effects"
    assert (
        brackets(t=counts) == f"in brackets: half-width with letters (n = 5) as random effects, for others too; {ends}"
    )
    assert brackets() == f"in brackets: {ends}"


def test_official_runs_are_named_where_other_tasks_are_drawn(make_record):
    omniglot = read_suite("omniglot-best").specs[0]
    official, drawn = {"20-way 1-shot": [0.9] * 19 + [0.8]}, {"20-way 1-shot, all alphabets": [0.9, 0.8] * 50}

    def over(accuracy: dict) -> str:
        return of_intervals(summarise([replace(make_record(omniglot), accuracy=accuracy)]), pairs=False)[0]

    assert "episodes (official runs)," in over(official)
    assert "episodes (official runs on 20-way 1-shot)," in over(official | drawn)
    assert "episodes," in over(drawn)
