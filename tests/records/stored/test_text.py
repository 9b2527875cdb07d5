"""Records come back from their text as they were written."""

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from record_values import CHOSEN, errors

from fewshot.core.errors import RequestError
from fewshot.records.answers import MOST, ClassCounts, Identified, PairClasses, PairList
from fewshot.records.record import RunRecord
from fewshot.records.store import record_file, write_record
from fewshot.records.stored.compact import unpacked
from fewshot.records.stored.text import LIMIT, read_record, to_text
from fewshot.suites.suite import read_suite

SPEC = read_suite("quickstart").specs[0]
RUNS = Path(__file__).parents[3] / "results" / "runs"
OLD = sorted(RUNS.rglob("c063df65a211.json"))[0]  # of omniglot-vinyals, from before answers and seals


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


def test_operating_points_are_written_where_there_are_any(record, tmp_path):
    assert not {*CHOSEN} & {*record.plain()}
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(replace(record, **CHOSEN), file)
    assert {name: getattr(read_record(file), name) for name in CHOSEN} == CHOSEN


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


def test_a_record_from_before_the_packing_is_read(tmp_path):
    plain = json.loads(OLD.read_text("utf-8"))
    plain["accuracy"] = {name: unpacked(values) for name, values in plain["accuracy"].items()}
    file = tmp_path / OLD.name
    file.write_text(json.dumps(plain))
    assert read_record(file).accuracy == plain["accuracy"]
    assert len(plain["accuracy"]["20-way 1-shot"]) == 10_000


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


def test_a_record_without_answers_is_written_as_before():
    """Byte by byte, as the committed ones were, but for the format and the seal."""
    files = sorted(RUNS.rglob("*.json"))[::20]
    old = {file: record for file in files if not (record := read_record(file)).answers}
    plain = partial(re.sub, r'  "(format|sha256)": .*\n', "")
    written = {file: plain(to_text(record)) for file, record in old.items()}
    assert written == {file: plain(file.read_text("utf-8")) for file in old}
    assert all(record.counts("20-way 1-shot") is None for record in old.values())


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
