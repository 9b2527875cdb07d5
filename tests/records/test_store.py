"""Finding records: all of them, or one, wherever runs have put it."""

from dataclasses import replace

from fewshot.records.store import find_record, read_records, record_file, record_files, write_record
from fewshot.suites.suite import read_suite

SPEC, OTHER = read_suite("quickstart").specs[:2]


def test_all_records_are_found_and_nothing_else(make_record, tmp_path):
    for suite, spec in (("b", SPEC), ("a", OTHER)):
        write_record(make_record(spec), record_file(tmp_path, suite, spec))
    draft = record_file(tmp_path, "a", SPEC)
    draft.parent.mkdir(parents=True, exist_ok=True)
    draft.with_name(f".{draft.name}.123.draft").touch()
    (tmp_path / "runs" / "README.md").touch()
    assert record_files(tmp_path) == [record_file(tmp_path, "a", OTHER), record_file(tmp_path, "b", SPEC)]
    assert record_files(tmp_path / "nowhere") == []


def test_of_a_record_in_two_folders_the_last_counts(make_record, tmp_path):
    for suite in ("b", "a"):
        write_record(replace(make_record(SPEC), facts={"suite": suite}), record_file(tmp_path, suite, SPEC))
    assert find_record(tmp_path, SPEC) == record_file(tmp_path, "b", SPEC)
    assert read_records(tmp_path)[SPEC.id].facts == {"suite": "b"}


def test_a_record_is_found_in_any_suites_folder(make_record, tmp_path):
    pixels = replace(SPEC, learner=replace(SPEC.learner, name="pixels"), backbone=None, loss=None, training=None)
    for spec in (SPEC, pixels):
        assert find_record(tmp_path, spec) is None
        write_record(make_record(spec), file := record_file(tmp_path, "another", spec))
        assert find_record(tmp_path, spec) == file
    assert find_record(tmp_path, OTHER) is None
