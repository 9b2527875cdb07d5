import json
from dataclasses import replace

import pytest

from fewshot.errors import RequestError
from fewshot.record import check_writable, machine_facts, read_record, read_records, record_file, to_text, write_record
from fewshot.suites import read_suite

SPEC = read_suite("quickstart").specs[0]


@pytest.fixture
def record(make_record):
    return make_record(SPEC)


def test_a_record_comes_back_as_it_was_written(record, tmp_path):
    file = record_file(tmp_path, "quickstart", SPEC)
    write_record(record, file)
    assert read_record(file) == record
    assert file.relative_to(tmp_path).parts == ("runs", "quickstart", "conv4", "verification", f"{SPEC.id}.json")


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
    file = tmp_path / "runs" / "abc.json"
    file.parent.mkdir()
    file.write_text(text)
    with pytest.raises(RequestError, match=r"abc\.json: expected a run's record"):
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
        check_writable(blocked / "results")


def test_facts_name_versions_and_sources():
    facts = machine_facts()
    assert facts["versions"]["torch"]
    assert len(facts["sources"]) == 16
