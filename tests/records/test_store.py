"""Finding records: all of them, or one, wherever runs have put it; and what killed processes leave."""

import errno
import os
from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.files import claim
from fewshot.records.kept import weights_file
from fewshot.records.sources import digest_of_sources
from fewshot.records.store import (
    check_writable,
    find_record,
    lock_file,
    read_records,
    record_file,
    record_files,
    records_below,
    step_reached,
    sweep,
    unfinished,
    write_record,
)
from fewshot.records.stored.text import read_record
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


@pytest.fixture
def file(make_record, tmp_path):
    write_record(make_record(SPEC), file := record_file(tmp_path, "a", SPEC))
    return file


def test_files_of_systems_and_editors_are_passed_over_without_a_word(file, tmp_path, recwarn):
    for place in (
        f"._{file.name}",
        f".ipynb_checkpoints/{file.name}",
        "desktop.ini",
        f"{file.name}~",
        f"{file.name}.bak",
    ):
        (file.parent / place).parent.mkdir(exist_ok=True)
        (file.parent / place).write_bytes(b"\x00\x05\x16\x07")
    assert record_files(tmp_path) == [file]
    assert [record.spec for record in (*records_below(tmp_path), *records_below(file.parent))] == [SPEC] * 2
    assert not recwarn


def test_a_conflicted_copy_is_left_out_with_a_word(file, tmp_path):
    file.with_stem(f"{file.stem} (conflicted copy)").write_text("{}")
    with pytest.warns(UserWarning, match=r"as a record's name is ID\.json: 1 \(a/.* \(conflicted copy\)\.json\)"):
        assert [*read_records(tmp_path)] == [SPEC.id]


def test_records_in_linked_folders_are_found_and_loops_end(file, tmp_path):
    other = tmp_path / "elsewhere"
    (other / "runs").mkdir(parents=True)
    (other / "runs" / "linked").symlink_to(tmp_path / "runs" / "a", target_is_directory=True)
    (tmp_path / "runs" / "a" / "loop").symlink_to(tmp_path / "runs", target_is_directory=True)
    (tmp_path / "runs" / "a" / "itself").symlink_to("itself")
    (found,) = record_files(other)
    assert found.samefile(file)
    assert find_record(other, SPEC) == found
    assert record_files(tmp_path) == [file]


def test_records_of_a_hidden_folder_are_neither_listed_nor_found(file, tmp_path):
    (tmp_path / "runs" / "a").rename(tmp_path / "runs" / ".hidden")
    assert (record_files(tmp_path), find_record(tmp_path, SPEC)) == ([], None)


@pytest.mark.parametrize("name", ["..", ".hidden"])
def test_a_suite_whose_records_would_be_hidden_or_elsewhere_is_refused(tmp_path, name):
    with pytest.raises(RequestError, match="expected a name that does not begin with a dot"):
        check_writable(tmp_path, name)


def test_a_broken_link_for_a_suites_folder_is_refused_before_the_run(tmp_path):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "a").symlink_to(tmp_path / "gone")
    with pytest.raises(RequestError, match=r"runs/a: expected a folder that can be written"):
        check_writable(tmp_path, "a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_in_place_of_a_checkpoint_stands_at_no_step(tmp_path):
    facts = {"sources": "0"}
    (pipe := unfinished(tmp_path, SPEC, facts)).parent.mkdir()
    os.mkfifo(pipe)
    assert step_reached(tmp_path, SPEC, facts) == 0


@pytest.mark.parametrize("place", ["unfinished", "weights", "failed", "runs/a/conv4"])
def test_a_file_in_place_of_a_folder_that_a_run_writes_to_is_refused_before_it(tmp_path, place):
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).touch()
    with pytest.raises(RequestError, match=f"{place}: expected a folder that can be written"):
        check_writable(tmp_path, "a", [SPEC])


@pytest.mark.parametrize(
    "of", [lambda place: record_file(place, "a", SPEC), lambda place: weights_file(place, SPEC.id)]
)
def test_a_folder_in_place_of_a_record_or_of_a_network_is_refused_before_its_run(tmp_path, of):
    (file := of(tmp_path)).mkdir(parents=True)
    assert find_record(tmp_path, SPEC) is None
    with pytest.raises(RequestError, match=rf"{file.name}: expected a file or a place for one, got a folder"):
        check_writable(tmp_path, "a", [OTHER, SPEC])
    check_writable(tmp_path, "a", [OTHER])


def test_checkpoints_of_recorded_cells_and_of_other_sources_are_removed_unless_they_are_held(file, tmp_path):
    held, own = replace(SPEC, seed=8), {"sources": digest_of_sources()}
    kept = [
        unfinished(tmp_path, OTHER, own),
        unfinished(tmp_path, held, {"sources": "0" * 16}),
        lock_file(tmp_path, held),
    ]
    over = [
        unfinished(tmp_path, SPEC, own),
        lock_file(tmp_path, SPEC),
        unfinished(tmp_path, OTHER, {"sources": "0" * 16}),
    ]
    over.append(over[0].with_name(f".{over[0].name}.7.draft"))
    over.append(tmp_path / "weights" / f".{SPEC.id}.safetensors.7.draft")
    over[-1].parent.mkdir()
    with claim(lock_file(tmp_path, held)):
        for one in (*kept, *over):
            one.touch()
        sweep(tmp_path)
        assert {*kept} <= {*kept[0].parent.iterdir()}
    assert not any(one.exists() for one in over)


def test_what_cannot_be_removed_stays_without_an_error(file, tmp_path, monkeypatch):
    lock = lock_file(tmp_path, SPEC)
    lock.parent.mkdir()
    lock.touch()

    def only_read(*given):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("fewshot.records.store.claim", only_read)
    sweep(tmp_path)
    assert lock.exists()


def test_records_are_never_overwritten(make_record, tmp_path):
    file = record_file(tmp_path, "quickstart", SPEC)
    record = make_record(SPEC)
    write_record(record, file)
    write_record(replace(record, kept=99), file)
    assert read_record(file) == record
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_results_folder_that_cannot_be_written_is_refused(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(RequestError, match="expected a folder that can be written"):
        check_writable(blocked / "results", "quickstart")
