"""The index of a results folder: right whatever becomes of it, and whatever becomes of the records."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.spec.evaluation import Evaluation, evaluation_of
from fewshot.records import index
from fewshot.records.index import read_evaluations
from fewshot.records.store import read_records, record_file, write_record
from fewshot.records.stored.text import read_record
from fewshot.suites.suite import read_suite

SPECS = read_suite("quickstart").specs[:3]
EVALUATIONS = {spec.id: Evaluation("typefaces", "scripts", "test") for spec in SPECS}


@pytest.fixture
def results(tmp_path, make_record, monkeypatch) -> Path:
    """A results folder with three records, and a cache folder of the test's own."""
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    for spec in SPECS:
        write_record(make_record(spec), record_file(tmp_path / "results", "quickstart", spec))
    return tmp_path / "results"


@pytest.fixture
def read(monkeypatch) -> list[str]:
    """The ids of the records that are read, one after the other."""
    ids = []

    def reading(file):
        ids.append(file.stem)
        return read_record(file)

    monkeypatch.setattr(index, "read_record", reading)
    return ids


@pytest.fixture
def settled(monkeypatch) -> None:
    """Files may be trusted at once."""
    monkeypatch.setattr(index, "SETTLED", -1)


def kept(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "cache" / "records").glob("*"))


def edit(file: Path) -> None:
    """Another seed in as many bytes, at the time at which the file was written."""
    before = file.stat()
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('"seed": 0', '"seed": 7'), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert file.stat().st_mtime_ns == before.st_mtime_ns


def test_evaluations_are_those_of_all_records_wherever_they_lie(results, make_record):
    val = replace(SPECS[0], stage="val")
    write_record(make_record(val), results / "runs" / f"{val.id}.json")
    assert read_evaluations(results) == EVALUATIONS | {val.id: evaluation_of(val)}
    assert evaluation_of(val)[:3] == ("typefaces", "scripts", "val")
    assert read_evaluations(results / "nowhere") == {}


@pytest.mark.usefixtures("settled")
def test_kept_classes_are_those_of_the_record_and_stand_once_in_the_index(results, tmp_path, make_record, read):
    names = tuple(f"Ωmega/{number}" for number in range(100))
    new = [replace(make_record(replace(SPECS[0], seed=seed)), classes=names) for seed in (8, 9)]
    for record in new:
        write_record(record, record_file(results, "another", record.spec))
    for _ in range(2):
        assert read_evaluations(results) == EVALUATIONS | {one.id: evaluation_of(one.spec, names) for one in new}
    assert len(read) == 5
    (file,) = kept(tmp_path)
    assert file.read_text(encoding="utf-8").count("mega/99") == 1


@pytest.mark.usefixtures("settled")
def test_a_record_is_read_once(results, read, make_record):
    new = replace(SPECS[0], seed=9)
    for folder in (results, results / ".." / "results"):
        assert read_evaluations(folder) == EVALUATIONS
    assert sorted(read) == sorted(EVALUATIONS)
    write_record(make_record(new), record_file(results, "another", new))
    assert set(read_evaluations(results)) == {*EVALUATIONS, new.id}
    assert read[3:] == [new.id]


def test_records_that_are_known_are_not_read_again_unless_their_files_are_young_or_several(results, read, monkeypatch):
    known = read_records(results)
    assert read_evaluations(results, known) == EVALUATIONS
    assert len(read) == 3
    monkeypatch.setattr(index, "BEGUN", time.time_ns() + 3 * index.SETTLED)
    assert read_evaluations(results, known) == EVALUATIONS
    assert len(read) == 3
    first = next(results.rglob("*.json"))
    shutil.copy2(first, results / "runs" / first.name)
    assert read_evaluations(results, known) == EVALUATIONS
    assert read[3:] == [first.stem] * 2


def test_a_record_is_read_again_while_a_change_might_not_show_in_its_times(results, read, tmp_path):
    for _ in range(2):
        assert read_evaluations(results) == EVALUATIONS
    assert len(read) == 6
    assert not kept(tmp_path)


def test_a_change_of_as_many_bytes_within_one_tick_of_the_clock_is_seen(results, monkeypatch):
    monkeypatch.setattr(index, "stamp", lambda file: [file.stat().st_size, file.stat().st_mtime_ns, 0, 0])
    read_evaluations(results)
    edit(next(results.rglob("*.json")))
    with pytest.raises(RequestError, match="records are not edited"):
        read_evaluations(results)


@pytest.mark.usefixtures("settled")
def test_a_change_of_as_many_bytes_under_an_old_time_is_seen(results, read):
    read_evaluations(results)
    time.sleep(0.05)  # some ticks of the clock
    edit(file := next(results.rglob("*.json")))
    with pytest.raises(RequestError, match="records are not edited"):
        read_evaluations(results)
    with pytest.raises(RequestError, match="records are not edited"):  # it is not kept as if it were whole
        read_evaluations(results)
    assert read[3:] == [file.stem] * 2


@pytest.mark.usefixtures("settled")
def test_another_file_under_a_records_name_is_seen(results):
    read_evaluations(results)
    first, second, _ = sorted(results.rglob("*.json"))
    second.replace(first)
    with pytest.raises(RequestError, match="records are not edited"):
        read_evaluations(results)


@pytest.mark.usefixtures("settled")
def test_moved_copied_and_removed_records_are_counted_as_they_are(results):
    read_evaluations(results)
    first, second, third = sorted(results.rglob("*.json"))
    (results / "runs" / "other").mkdir()
    first.rename(results / "runs" / "other" / first.name)
    shutil.copy2(second, results / "runs" / "other" / second.name)
    third.unlink()
    assert set(read_evaluations(results)) == {first.stem, second.stem}
    (results / "runs" / "other" / second.name).write_text("half of")
    with pytest.raises(RequestError, match="expected a run's record"):  # though another file of its name is whole
        read_evaluations(results)


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:-1],
        lambda content: content.replace(b'"test"', b'"val!"', 1),
        lambda content: b"\xff" + content,
        lambda content: b"{}",
        lambda content: content.partition(b"\n")[2],
    ],
)
def test_a_damaged_index_is_built_anew(results, tmp_path, read, damage):
    read_evaluations(results)
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert read_evaluations(results) == EVALUATIONS
    assert len(read) == 6
    assert file.read_bytes() == whole


@pytest.mark.usefixtures("settled")
def test_an_index_of_an_earlier_form_is_built_anew(results, monkeypatch, read):
    with monkeypatch.context() as patch:
        patch.setattr(index, "FORMAT", b"fewshot index 0\n")
        read_evaluations(results)
    assert read_evaluations(results) == EVALUATIONS
    assert len(read) == 6


@pytest.mark.usefixtures("settled")
def test_without_a_place_for_the_index_all_is_read(results, monkeypatch, tmp_path, read):
    (tmp_path / "file").touch()
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "file" / "cache"))
    assert [read_evaluations(results) for _ in range(2)] == [EVALUATIONS] * 2

    def homeless():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(index, "cache_folder", homeless)
    assert read_evaluations(results) == EVALUATIONS
    assert len(read) == 9


@pytest.mark.usefixtures("settled")
def test_nothing_is_written_into_the_results_nor_twice_the_same(results, tmp_path):
    before = sorted(results.rglob("*"))
    read_evaluations(results)
    (file,) = kept(tmp_path)
    written = file.stat().st_mtime_ns, file.stat().st_ino
    read_evaluations(results)
    assert (file.stat().st_mtime_ns, file.stat().st_ino) == written
    assert sorted(results.rglob("*")) == before


LOOKING = """
import json, sys
from pathlib import Path
from fewshot.records import index
index.SETTLED = -1
seen = [len(index.read_evaluations(Path(sys.argv[1]))) for _ in range(30)]
assert seen == sorted(seen), seen
print(json.dumps(seen[-1]))
"""


@pytest.mark.usefixtures("settled")
def test_several_processes_look_while_records_come(results, tmp_path, make_record):
    command = [sys.executable, "-c", LOOKING, str(results)]
    looking = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    for seed in range(10, 30):
        spec = replace(SPECS[0], seed=seed)
        write_record(make_record(spec), record_file(results, "quickstart", spec))
    for process in looking:
        assert 3 <= json.loads(process.communicate()[0]) <= 23
        assert process.returncode == 0
    assert len(read_evaluations(results)) == 23
    (file,) = kept(tmp_path)
    assert len(json.loads(file.read_bytes().partition(b"\n")[2])["files"]) == 23


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a name is Unicode")
def test_a_folder_whose_name_is_no_unicode_has_an_index(tmp_path, make_record, monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    results = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    record = make_record(SPECS[0])
    write_record(record, record_file(results, "quickstart", record.spec))
    assert [*read_records(results)] == [record.id]
    assert len(read_evaluations(results)) == 1
