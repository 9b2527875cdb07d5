"""The seal of a record: any change but of its facts is noticed."""

import json
import os
from pathlib import Path

import pytest

from fewshot.core.errors import RequestError
from fewshot.records.store import read_all, record_files
from fewshot.records.stored import seal, text
from fewshot.records.stored.text import read_record, to_text
from fewshot.suites.suite import read_suite

RECORDS = Path(__file__).parents[3] / "results"
SPEC = read_suite("quickstart").specs[0]


@pytest.fixture
def file(make_record, tmp_path):
    file = tmp_path / f"{SPEC.id}.json"
    file.write_text(to_text(make_record(SPEC)))
    return file


def test_a_record_is_read_with_other_facts_and_other_line_ends(file):
    whole = read_record(file)
    text = file.read_text()
    file.write_text(text.replace('"commit": "abc"', '"commit": "abd"'))
    assert read_record(file).facts == whole.facts | {"commit": "abd"}
    file.write_bytes(text.replace("\n", "\r\n").encode())
    assert read_record(file) == whole


def without(line: str):
    return lambda text: "\n".join(one for one in text.split("\n") if not one.startswith(f'  "{line}"'))


EDITS = {
    "an accuracy": lambda text: text.replace('shot": [0.', 'shot": [0.0', 1),
    "a score": lambda text: text.replace(', "different": [', ', "different": [-', 1).replace("[--", "["),
    "a digest": lambda text: text.replace("0" * 64, "1" * 64),
    "no seal": without("sha256"),
    "no format": without("format"),
    "another format": lambda text: text.replace('"format": 2', '"format": 3'),
    "another layout": lambda text: json.dumps(json.loads(text)),
    "a field twice": lambda text: text.replace('  "facts": {', '  "kept": 20,\n  "facts": {'),
    "a field twice, at the end": lambda text: text.replace("\n}\n", ',\n  "kept": 20\n}\n'),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_record_is_refused_by_name(file, edit):
    edited = EDITS[edit](file.read_text())
    assert edited != file.read_text()
    file.write_text(edited)
    with pytest.raises(
        RequestError, match=rf"{SPEC.id}\.json: expected a run's record, got: .*(records are not|format 2)"
    ):
        read_record(file)


@pytest.fixture
def checks(monkeypatch, tmp_path):
    """The contents that were checked, in a cache folder of its own."""
    seen, check = [], text.check_fields
    monkeypatch.setattr(text, "check_fields", lambda plain: (seen.append(plain["id"]), check(plain)))
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    return seen


def test_a_content_is_checked_once_unless_a_record_alone_is_read(file, checks):
    whole = read_all([file])
    assert read_all([file]) == whole
    assert len(checks) == 1
    assert read_record(file) == whole[SPEC.id]
    assert len(checks) == 2


def test_an_edit_that_keeps_size_and_times_is_refused(file, checks):
    read_all([file])
    text, found = file.read_text(), file.stat()
    file.write_text(EDITS["a digest"](text))
    os.utime(file, ns=(found.st_atime_ns, found.st_mtime_ns))
    for _ in range(2):
        with pytest.raises(RequestError, match="records are not edited"):
            read_all([file])
    file.write_text(text.replace('"commit": "abc"', '"commit": ["a"]'))
    with pytest.raises(RequestError, match="commit: expected str"):
        read_all([file])


def test_digests_of_other_code_and_of_files_that_others_can_write_count_for_nothing(file, checks, tmp_path):
    read_all([file])
    kept = tmp_path / "cache" / "records" / "checked"
    kept.chmod(0o666)
    read_all([file])
    assert len(checks) == 2
    kept.write_bytes(bytes(seal.SIZE) + kept.read_bytes()[seal.SIZE :])
    kept.chmod(0o600)
    read_all([file])
    assert len(checks) == 3
    read_all([file])
    assert len(checks) == 3


def test_a_record_without_a_seal_is_checked_always(checks):
    old = next(file for file in record_files(RECORDS) if '"format": 2' not in file.read_text())
    for times in (1, 2):
        read_all([old])
        assert len(checks) == times
