import json
import os
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.records.answers import MOST, ClassCounts, Identified, PairClasses, PairList, trials_of
from fewshot.records.compact import unpacked
from fewshot.records.facts import machine_facts
from fewshot.records.record import LIMIT, RunRecord, read_record, to_text
from fewshot.records.store import check_writable, read_records, record_file, write_record
from fewshot.suites.suite import read_suite

SPEC = read_suite("quickstart").specs[0]
RUNS = Path(__file__).parents[2] / "results" / "runs"
OLD = sorted(RUNS.rglob("c063df65a211.json"))[0]  # of omniglot-vinyals, from before answers and seals


@pytest.fixture
def record(make_record):
    return make_record(SPEC)


def test_a_record_comes_back_as_it_was_written(record, tmp_path):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(record, file)
    assert read_record(file) == record
    assert file.relative_to(tmp_path).parts == ("runs", "quickstart", "conv4", "verification", f"{SPEC.id}.json")


def test_damaged_images_left_out_are_written_where_there_are_any(record, tmp_path):
    assert not {"skipped", "left_out", "damaged"} & {*record.plain()}
    file = record_file(tmp_path, "quickstart", SPEC)
    omitted = {"skipped": {"test": 3}, "left_out": {"classes": 2, "images": 9}}
    omitted["damaged"] = {"test": ["a/é.png", "a/\udcff.png"]}
    write_record(replace(record, **omitted), file)
    assert {name: getattr(read_record(file), name) for name in omitted} == omitted


CHOSEN = {"points": {"eer": 0.25, "fmr=0.01": -1.5}, "calibration": (2.5, -0.125), "chosen_by": "0123456789ab"}
CHOSEN |= {"rule": "max_score"}


def test_operating_points_are_written_where_there_are_any(record, tmp_path):
    assert not {*CHOSEN} & {*record.plain()}
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(replace(record, **CHOSEN), file)
    assert {name: getattr(read_record(file), name) for name in CHOSEN} == CHOSEN


@pytest.mark.parametrize(
    "damage",
    [
        {"points": {"eer": None}},
        {"points": {"eer": True}},
        {"points": {}},
        {"calibration": [1.0]},
        {"calibration": [-1.0, 0.0]},
        {"calibration": ["1", 0.0]},
        {"chosen_by": "../evil"},
        {"rule": "no rule"},
    ],
)
def test_operating_points_that_no_run_gives_are_refused(record, tmp_path, damage):
    plain = json.loads(to_text(record)) | CHOSEN | damage
    (tmp_path / f"{SPEC.id}.json").write_text(json.dumps(plain))
    with pytest.raises(RequestError, match=f"expected a run's record, got: ValueError: .*{next(iter(damage))[:-1]}"):
        read_record(tmp_path / f"{SPEC.id}.json")


def test_records_are_never_overwritten(record, tmp_path):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(record, file)
    write_record(replace(record, kept=99), file)
    assert read_record(file) == record
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_an_edited_spec_is_noticed(record, tmp_path):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(record, file)
    plain = json.loads(file.read_text())
    plain["spec"]["seed"] = 7
    file.write_text(json.dumps(plain))
    with pytest.raises(RequestError, match="records are not edited"):
        read_records(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"spec": 3}', "<html>"])
def test_a_file_that_is_no_record_is_named(text, tmp_path):
    file = tmp_path / "runs" / "0123456789ab.json"
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(RequestError, match=r"0123456789ab\.json: expected a run's record"):
        read_records(tmp_path)


def test_the_text_is_valid_json_that_fits_200_kb(record):
    large = replace(
        record,
        accuracy={"20-way 1-shot": [1 / 3] * 10_000},
        same=[-1234.5678901] * 2000,
        different=[-1234.5678901] * 2000,
        curve=[(step, 1 / 3, 1 / 3) for step in range(200)],
    )
    text = to_text(large)
    assert len(text) < 200_000
    assert json.loads(text)["id"] == SPEC.id


def test_a_results_folder_that_cannot_be_written_is_refused(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(RequestError, match="expected a folder that can be written"):
        check_writable(blocked / "results", "quickstart")


def test_facts_name_versions_and_sources():
    facts = machine_facts()
    assert facts["versions"]["torch"]
    assert len(facts["sources"]) == 16


def shares(count: int, queries: int, tasks: int = 1) -> dict[str, list[float]]:
    """Accuracies of so many queries, most of them near 1, as methods have them."""
    draw = np.random.default_rng(0)
    return {f"task {number}": (draw.binomial(queries, 0.93, count) / queries).tolist() for number in range(tasks)}


def test_many_episodes_come_back_as_they_were_to_six_digits(record, tmp_path):
    accuracy = shares(10_000, 75) | {"few": [1 / 3, 0.5]}
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(replace(record, accuracy=accuracy), file)
    found = read_record(file).accuracy
    assert found == {name: [round(value, 6) for value in values] for name, values in accuracy.items()}
    assert read_record(file).plain().items() <= json.loads(file.read_text()).items()


@pytest.mark.parametrize(("count", "packed"), [(1999, False), (2000, False), (2001, True)])
def test_only_many_episodes_are_packed(record, count, packed):
    stored = replace(record, accuracy=shares(count, 20)).plain()["accuracy"]["task 0"]
    assert isinstance(stored, dict) == packed
    if packed:
        assert len(stored["values"]) == len(set(stored["values"])) <= 21
        assert len(stored["each"]) == count


def test_a_record_of_four_tasks_of_ten_thousand_episodes_fits_200_kb(record):
    pairs = np.random.default_rng(0).normal(0, 100, 1000).tolist()
    assert len(to_text(replace(record, accuracy=shares(10_000, 100, tasks=4), same=pairs, different=pairs))) < 200_000


@pytest.mark.parametrize(
    "damage",
    [
        {"values": [0.5]},
        {"each": [0] * 3},
        {"values": [0.5, 1.0], "each": [0, 1, 2]},
        {"values": [0.5], "each": ["0"]},
        {"values": [0.5], "each": [0.0]},
        {"values": [0.5], "each": None},
        {"values": None, "each": [0]},
        {},
    ],
)
def test_a_damaged_packed_field_is_no_record(record, tmp_path, damage):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(record, file)
    plain = json.loads(file.read_text())
    plain["accuracy"]["5-way 1-shot"] = damage
    file.write_text(json.dumps(plain))
    with pytest.raises(RequestError, match=rf"{SPEC.id}\.json: expected a run's record, got: \w+Error: "):
        read_record(file)


def test_a_record_from_before_the_packing_is_read(tmp_path):
    plain = json.loads(OLD.read_text("utf-8"))
    plain["accuracy"] = {name: unpacked(values) for name, values in plain["accuracy"].items()}
    file = tmp_path / OLD.name
    file.write_text(json.dumps(plain))
    assert read_record(file).accuracy == plain["accuracy"]
    assert len(plain["accuracy"]["20-way 1-shot"]) == 10_000


# Answers


@pytest.fixture
def answered(record) -> RunRecord:
    """A record with the answers to drawn episodes and to official trials."""
    trials = trials_of([[0, 2], [2, 1]], [[[0.5, 0.25], [0.5, 0.5]], [[0.1, 0.2], [0.3, 0.4]]])
    counts = ClassCounts(2, False, [4, 4, 2], [2, 1, 0.5], [2, 3, 2], [(1, 0, 2), (2, 1, 1.5)])
    return replace(
        record,
        accuracy={"2-way 1-shot": [0.4, 0.3], "2-way 2-shot": [0.75, 0.5]},
        answers={"2-way 1-shot": counts, "2-way 2-shot": trials},
        classes=("Ωmega/a", "Ωmega/b", "c"),
        same=[1.0, 0.5],
        different=[0.25],
        pair_classes=PairClasses([0, 2], [(1, 2)]),
    )


def test_answers_come_back_as_they_were_written(answered, tmp_path):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(answered, file)
    found = read_record(file)
    assert found == answered
    assert to_text(found) == file.read_text()
    assert found.plain().items() <= json.loads(file.read_text()).items()
    assert found.counts("2-way 1-shot") == answered.answers["2-way 1-shot"]
    assert found.counts("2-way 2-shot").right == [1, 1, 0.5]
    assert found.counts("verification") is None


def test_notes_on_named_pairs_come_back_as_they_were_written(answered, tmp_path):
    file = record_file(tmp_path, "quickstart", SPEC)
    for notes in (PairList(("1", "1", "2"), ("", "near", "forged"), {"same": 2}), PairList(failed={"different": 1})):
        forged = PairClasses([0, 2], [(1, 1)])  # a forgery of class 1
        write_record(named := replace(answered, pair_classes=forged, pair_list=notes), file)
        assert read_record(file) == named
        file.unlink()


def test_probes_of_galleries_come_back_as_they_were_written(answered, tmp_path):
    assert "identified" not in answered.plain()
    classes = len(answered.classes)
    found = Identified(1, classes, [2, 1, *[0] * (classes - 2)], [1, 2, 1], [1.0, 0.0, 0.5], [0.5, 1.0, 0.0])
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(replace(answered, identified=(found, replace(found, references=5))), file)
    one, five = read_record(file).identified
    assert (one.references, five.references, one.rank, one.probes) == (1, 5, found.rank, found.probes)
    assert one.own == pytest.approx(found.own, abs=1e-7)
    assert one.other == pytest.approx(found.other, abs=1e-7)
    assert to_text(read_record(file)) == file.read_text("utf-8")
    file.unlink()
    write_record(replace(answered, identified=(found, found)), file)
    with pytest.raises(RequestError, match=r"different numbers of references, got \[1, 1\]"):
        read_record(file)


def test_errors_with_several_references_come_back_and_are_one_for_each_class(answered, tmp_path):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(some := replace(answered, references=errors(0.1, 0.2, -0.03)), file)
    assert read_record(file) == some
    of_no_role = {"traced": errors(0.1, 0.2, 0.3)["forged"]}
    for number, wrong in enumerate(
        (errors(0.1, 0.2), errors(), errors(0.9, 0.8, 0.7), errors(-0.1, 0.0, -0.1), of_no_role)
    ):
        other = tmp_path / f"{number}" / file.name
        other.parent.mkdir()
        write_record(replace(answered, references=wrong), other)
        with pytest.raises(RequestError, match="references"):
            read_record(other)


def errors(*values) -> dict:
    return {"forged": {"max_score": {"3": [*values]}}}


@pytest.mark.parametrize(
    "notes",
    [
        {"folds": [["1", 2]]},
        {"folds": [["1", 10**12]]},
        {"folds": [["1", -3], ["2", 6]]},
        {"roles": [[1, 3]]},
        {"roles": [["a"]]},
        {"failed": {"both": 1}},
        {"failed": {"same": -1}},
        {"ages": []},
    ],
)
def test_notes_that_do_not_fit_the_pairs_are_refused(answered, tmp_path, notes):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(answered, file)
    file.write_text(json.dumps(json.loads(file.read_text()) | {"pair_list": notes}))
    with pytest.raises(RequestError, match=r"expected a run's record, got: \w+Error: "):
        read_record(file)


def test_a_record_without_answers_is_written_as_before():
    """Byte by byte, as the committed ones were, but for the format and the seal."""
    files = sorted(RUNS.rglob("*.json"))[::20]
    old = {file: record for file in files if not (record := read_record(file)).answers}
    plain = partial(re.sub, r'  "(format|sha256)": .*\n', "")
    written = {file: plain(to_text(record)) for file, record in old.items()}
    assert written == {file: plain(file.read_text("utf-8")) for file in old}
    assert all(record.counts("20-way 1-shot") is None for record in old.values())


DAMAGE = {
    "a list": lambda plain: plain["answers"]["2-way 1-shot"]["asked"].pop(),
    "a mean": lambda plain: plain["accuracy"]["2-way 1-shot"].append(1.0),
    "a key": lambda plain: plain["answers"]["2-way 1-shot"].pop("beside"),
    "no episode": lambda plain: plain["accuracy"]["2-way 1-shot"].clear(),
    "no candidate": lambda plain: plain["answers"]["2-way 2-shot"].update(classes=[[], []]),
    "no query": lambda plain: plain["answers"]["2-way 1-shot"].update(asked=[0] * 3, right=[0] * 3, beside=[0] * 3),
    "a kind": lambda plain: plain["answers"].update({"3-way 1-shot": plain["answers"]["2-way 1-shot"]}),
    "a text": lambda plain: plain["answers"]["2-way 1-shot"].update(right="abc"),
    "a pair": lambda plain: plain["answers"]["2-way 1-shot"].update(confusions=[[2, [1, 0, 2]]]),
    "a score": lambda plain: plain["answers"]["2-way 2-shot"]["scores"][0][0].pop(),
    "no list": lambda plain: plain.update(answers=[1]),
    "a class": lambda plain: plain["classes"].pop(),
    "no names": lambda plain: plain.update(classes=[["a", 3]]),
    "pairs": lambda plain: plain["pair_classes"]["same"].pop(),
    "a pair's class": lambda plain: plain["pair_classes"].update(different=[[1, 3]]),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_answers_are_refused_in_one_message(answered, tmp_path, damage):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(answered, file)
    DAMAGE[damage](plain := json.loads(file.read_text()))
    file.write_text(json.dumps(plain))
    with pytest.raises(RequestError, match=rf"{SPEC.id}\.json: expected a run's record, got: \w+Error: "):
        read_record(file)


def test_a_file_of_more_bytes_than_a_record_has_is_not_read(tmp_path):
    (file := tmp_path / f"{SPEC.id}.json").touch()
    os.truncate(file, 2**31)
    with pytest.raises(RequestError, match="2,147,483,648 bytes, of at most 134,217,728"):
        read_record(file)


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ('{"same":[true,2],"different":[[1,2]]}', "classes of pairs: expected whole numbers from 0 to 2, got True"),
        ('{"same":[0,2],"different":[[1,2]],}', "JSONDecodeError"),
        ('{"same":[0,2]}, "more": {}', "JSONDecodeError"),
        ("[]", "pair_classes: expected dict"),
        ('{"same":[2,0],"different":[[1,2]]}', "records are not edited"),
    ],
)
def test_the_line_of_pairs_which_is_read_once_for_many_records_is_checked(answered, tmp_path, pairs, message):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(answered, file)
    text, whole = file.read_text(), read_record(file)
    file.write_text(text.replace('{"same":[0,2],"different":[[1,2]]}', pairs))
    with pytest.raises(RequestError, match=message):
        read_record(file)
    file.write_text(text)
    assert read_record(file) == whole


def of_many_classes(record: RunRecord, classes: int) -> RunRecord:
    """A record of four kinds of 20-way task, with all the confusions that are kept."""
    wrong = [(one % classes, (one + 1) % classes, 9) for one in range(MOST)]
    asked = 2 * (MOST * 9 * 20 // classes)
    counts = ClassCounts(20, False, [asked] * classes, [asked // 2] * classes, [asked // 2 * 20] * classes, wrong)
    accuracy = dict.fromkeys([f"task {number}" for number in range(4)], [0.5] * 10_000)
    names = tuple(f"group {number // 40}/class {number}" for number in range(classes))
    return replace(record, accuracy=accuracy, classes=names, answers=dict.fromkeys(accuracy, counts))


def test_of_very_many_classes_fewer_confusions_are_kept(record, tmp_path):
    few, many, more = (of_many_classes(record, classes) for classes in (1692, 3400, 9000))
    assert json.loads(to_text(few))["answers"] == few.plain()["answers"]
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(many, file)
    assert len(file.read_text()) < LIMIT < len(json.dumps(many.plain(), separators=(",", ":")))
    (kept,) = {len(one.confusions) for one in read_record(file).answers.values()}
    assert 0 < kept < MOST
    none = replace(more, answers={task: replace(one, confusions=[]) for task, one in more.answers.items()})
    assert any(one["confusions"] for one in json.loads(to_text(more))["answers"].values())
    assert LIMIT < len(to_text(none)) < len(to_text(more)) <= 1.1 * len(to_text(none))


TASK = "5-way 1-shot"
NO_RUN = [
    (lambda plain: plain["accuracy"].update({TASK: [5.0]}), f"accuracy of {TASK}: expected numbers"),
    (lambda plain: plain["accuracy"].update({TASK: ["0.5"]}), f"accuracy of {TASK}: expected numbers"),
    (lambda plain: plain["accuracy"].update({TASK: [True]}), f"accuracy of {TASK}: expected numbers"),
    (lambda plain: plain["accuracy"].update({TASK: []}), f"accuracy of {TASK}: expected numbers"),
    (lambda plain: plain["verification"].update(same=["a"]), "same pairs: expected finite numbers, got 'a'"),
    (lambda plain: plain.update(facts=[]), r"facts: expected dict, got \[\]"),
    (lambda plain: plain["facts"].update(commit=7), "commit: expected str or NoneType, got 7"),
    (lambda plain: plain["facts"].update(looks=[{"step": 3}]), "KeyError: 'rank1'"),
    (lambda plain: plain["facts"].update(first_loss=0.5), r"first_loss: expected dict, got 0\.5"),
    (lambda plain: plain["accuracy"].update({TASK: [0.5, float("nan")]}), "expected finite numbers, got NaN"),
    (lambda plain: plain["accuracy"].update({TASK: [0.5, 10**400]}), "expected numbers from 0 to 1, got 1000"),
    (lambda plain: plain["accuracy"].update({TASK: {"values": [0.5, 1], "each": [0, -1]}}), "each: expected whole"),
    (lambda plain: plain["accuracy"].update(verification=[1.0]), "verification: expected 100 pairs, got 1"),
    (lambda plain: plain["curve"][0].pop(), r"curve: expected rows of a step, a loss and an accuracy, got \[10, "),
    (lambda plain: plain["curve"].append([15, 0.5, 0.5]), "curve: expected rising steps"),
    (lambda plain: plain.update(kept=-10), "-10, the step that was kept"),
    (lambda plain: plain["digests"].update(test="0" * 63), "digests: expected a SHA-256"),
    (lambda plain: plain["spec"].pop("seed"), "spec: expected every value"),
    (lambda plain: plain.pop("curve"), "expected the field curve, got none"),
    (lambda plain: plain.update(extra=1), "got extra too"),
]


@pytest.mark.parametrize(("damage", "message"), NO_RUN)
def test_values_that_no_run_gives_are_refused(record, tmp_path, damage, message):
    plain = json.loads(to_text(record))
    damage(plain)
    file = tmp_path / f"{record.id}.json"
    file.write_text(json.dumps(plain))
    with pytest.raises(RequestError, match=message):
        read_record(file)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda plain: plain["accuracy"]["20-way 1-shot"].pop(), "20-way 1-shot: expected 400 values by protocol lake"),
        (lambda plain: plain["verification"]["same"].pop(), "same pairs: expected 2000 values .*, got 1999"),
        (lambda plain: plain["accuracy"].update({"5-way 1-shot": [0.5]}), "5-way 1-shot: expected 0 values"),
        (lambda plain: plain["curve"].pop(), "curve: expected|the step that was kept"),
    ],
)
def test_a_record_from_before_the_seals_has_the_counts_of_its_protocol(tmp_path, damage, message):
    file = next(
        file for file in sorted((RUNS / "losses-one-seed").rglob("*.json")) if '"stage": "val"' in file.read_text()
    )
    damage(plain := json.loads(file.read_text("utf-8")))
    (tmp_path / file.name).write_text(json.dumps(plain))
    with pytest.raises(RequestError, match=message):
        read_record(tmp_path / file.name)
