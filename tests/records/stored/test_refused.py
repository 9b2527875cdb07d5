"""Texts that are no records of runs are refused in one message."""

import json
import os
from pathlib import Path

import pytest
from record_values import CHOSEN

from fewshot.core.errors import RequestError
from fewshot.records.store import read_records, record_file, write_record
from fewshot.records.stored.text import read_record, to_text
from fewshot.suites.suite import read_suite

SPEC = read_suite("quickstart").specs[0]
RUNS = Path(__file__).parents[3] / "results" / "runs"
REFUSED = r"expected a run's record, got: \w+Error: (?!expected the text that its sha256)"  # for its values
OLD = sorted(RUNS.rglob("c063df65a211.json"))[0]  # of omniglot-vinyals, from before answers and seals


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
    with pytest.raises(RequestError, match=rf"{SPEC.id}\.json: {REFUSED}"):
        read_record(file)


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
    with pytest.raises(RequestError, match=REFUSED):
        read_record(file)


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
    with pytest.raises(RequestError, match=rf"{SPEC.id}\.json: {REFUSED}"):
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
