from dataclasses import replace

import pytest

from fewshot.records.answers import ClassCounts
from fewshot.reporting.comparisons import findings
from fewshot.reporting.comparisons.findings import of_findings
from fewshot.reporting.comparisons.tuning import in_points, of_tuning, tuning_block
from fewshot.reporting.summary import summarise
from fewshot.suites.search.choice import Choice
from fewshot.suites.suite import read_suite


@pytest.fixture
def methods(make_record):
    """Two methods on the same tasks, the second better by far, chosen by searches that moved val by −0.5 and +20."""
    specs = read_suite("quickstart").only(["loss=triplet", "loss=prototypical"]).specs
    records = [
        replace(make_record(spec), accuracy={"5-way 1-shot": [level - 0.01, level + 0.01] * 20})
        for spec, level in zip(specs, (0.5, 0.9), strict=True)
    ]
    choices = Choice({}, frozenset(), "", 0.5, 0.505), Choice({}, frozenset(), "", 0.9, 0.7)
    return [replace(one, choice=choice) for one, choice in zip(summarise(records), choices, strict=True)]


def test_defaults_stand_beside_chosen_values_the_largest_gain_first(methods):
    block = tuning_block(methods)
    assert [line[1:] for line in block.lines] == [("70.0", "90.0", "+20.0"), ("50.5", "50.0", "−0.5")]
    assert of_tuning(methods)[0].startswith("defaults, val: one training without the search")
    folds = [
        replace(one, choice=replace(one.choice, search="3 points, each on 5 folds of train and val")) for one in methods
    ]
    assert of_tuning(folds)[0].startswith("defaults, val: one training a fold without the search")
    tied = replace(methods[0], choice=replace(methods[0].choice, score=0.77825, untuned=0.47875))
    assert tuning_block([tied]).lines[0][-1] == in_points(0.2995) == in_points(0.29949999999999)
    without = [replace(one, choice=replace(one.choice, untuned=None)) for one in methods]
    assert tuning_block(without) is None
    assert of_tuning(without) == []


def test_each_long_column_has_a_sentence_of_its_own(methods, monkeypatch):
    other = [
        replace(one, spec=replace(one.spec, backbone=replace(one.spec.backbone, name="conv6")), label=f"{one.label} 6")
        for one in reversed(methods)
    ]
    monkeypatch.setattr(findings, "LONG", 2)
    (text,) = of_findings([*methods, *other], ["backbone", "task"])
    for column, best in (("conv4", methods[1]), ("conv6", other[0])):
        assert f"on 5-way 1-shot in the column {column} the best trained row of 2 is {best.label}, 90.0" in text
    (text,) = of_findings([*methods, other[0]], ["backbone", "task"])
    assert "column conv4" in text
    assert "column conv6" not in text
    assert "the best trained row of 4 is" in of_findings([*methods, *other])[0]
    monkeypatch.setattr(findings, "LONG", 3)
    assert "column conv4" in of_findings([*methods, *other], ["backbone", "task"])[0]
    monkeypatch.setattr(findings, "FEW", 1)
    assert "column" not in of_findings([*methods, *other], ["backbone", "task"])[0]
    plain = [replace(one, choice=None) for one in (*methods, *other)]
    assert of_findings(plain, ["backbone", "task"]) == []


def test_the_paragraph_follows_the_records(methods, monkeypatch):
    assert of_findings(methods) == []  # so short a table needs none
    monkeypatch.setattr(findings, "LONG", 2)
    (text,) = of_findings(methods)
    first, second = (one.label for one in methods)
    assert f"the best trained row of 2 is {second}, 90.0 ± " in text
    assert "the other is worse beyond chance" in text
    assert (
        f"tuning moves val by −0.5 ({first}) to +20.0 points ({second}, from 70.0 to 90.0), by +9.8 in the middle of 2"
        in text
    )
    assert "at chance" not in text  # old records hold no facts on it
    trained, ended = ({"looks": [{"step": 9, "chance": 0.1, "rank1": rank1, "cosine": 1.0}]} for rank1 in (0.9, 0.1))
    well = [replace(one, records=(replace(one.records[0], facts=trained),)) for one in methods]
    assert "no row's trainings all ended at chance" in of_findings(well)[0]
    flat = replace(methods[0], records=(replace(methods[0].records[0], facts=ended),))
    assert f"never trained: {first}" in of_findings([flat, methods[1]])[0]
    for why, never in (("missing", False), ("failed: the loss is not finite", True)):
        rest = replace(flat, missing=(("seed 1", why),))
        assert ("never trained" in of_findings([rest, methods[1]])[0]) == never
    assert "tuning" not in of_findings([replace(one, choice=None) for one in methods])[0]


def test_the_paragraph_has_the_stars_of_the_table(methods, monkeypatch):
    monkeypatch.setattr(findings, "LONG", 2)
    compared = []

    def stars(some, task, known):
        compared.append([one.label for one in some])
        return [True] * len(some)

    monkeypatch.setattr(findings, "not_worse_than_best", stars)
    free = replace(methods[0], spec=replace(methods[0].spec, training=None), label="floor")
    free = replace(free, records=tuple(replace(r, accuracy={"5-way 1-shot": [0.1, 0.2] * 20}) for r in free.records))
    (text,) = of_findings([*methods, free])
    first, second = (one.label for one in methods)
    assert compared == [[first, second, "floor"]]  # as in the table, with those that learn nothing
    assert "best trained row of 2" in text
    assert f"not worse than it beyond chance: {first};" in text
    (text,) = of_findings([*methods, replace(methods[0], label="third")])
    assert "none of the 2 others is worse than it beyond chance;" in text


def test_rows_without_answers_by_class_are_not_said_to_be_compared(methods, monkeypatch):
    monkeypatch.setattr(findings, "LONG", 2)
    low, best = methods
    first, second = low.label, best.label

    def answered(method, right, label):
        counts = ClassCounts(5, False, [20] * 10, right, [5 * one for one in right], [])
        record = replace(method.records[0], classes=tuple("abcdefghij"), answers={"5-way 1-shot": counts})
        return replace(method, label=label, records=(record,))

    few, many = [9.0, 11.0] * 5, [17.0, 19.0] * 5
    (text,) = of_findings([answered(low, few, first), answered(low, few, "third"), best])
    assert f"the best trained row of 3 is {second}, 90.0" in text
    assert "which is not compared with the others, as not all records hold answers by class" in text
    assert "worse" not in text
    (text,) = of_findings([low, answered(low, few, "third"), answered(best, many, second)])
    assert f"the other is worse beyond chance (not compared, as no answers by class are known: {first})" in text
