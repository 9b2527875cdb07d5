import json
from dataclasses import replace
from pathlib import Path

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.spec import from_plain
from fewshot.records.failures import Failure, failure_file, read_failures, write_failure
from fewshot.suites.suite import read_suite

SPEC = read_suite("quickstart").specs[0]
OTHER = replace(SPEC, seed=1)
IDS = {SPEC.id, OTHER.id}


def test_failures_come_back_by_their_specs_ids(tmp_path):
    reason = 'mine.py, line 3: "größer" \\ \u2028 als\nzwei'
    write_failure(tmp_path, Failure(SPEC, reason, 5.0))
    write_failure(tmp_path, Failure(OTHER, "no memory", 6.0))
    assert read_failures(tmp_path, IDS) == {SPEC.id: reason, OTHER.id: "no memory"}
    assert failure_file(tmp_path, SPEC) == tmp_path / "failed" / f"{SPEC.id}.json"


def test_the_file_is_json_that_holds_the_spec(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "why", 5.25))
    plain = json.loads(failure_file(tmp_path, SPEC).read_text(encoding="utf-8"))
    assert (plain["reason"], plain["when"], from_plain(plain["spec"])) == ("why", 5.25, SPEC)


def test_a_later_failure_stands_for_an_earlier_one(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "first", 5.0))
    write_failure(tmp_path, Failure(SPEC, "second", 6.0))
    assert read_failures(tmp_path, IDS) == {SPEC.id: "second"}
    assert len(list((tmp_path / "failed").iterdir())) == 1


def test_failures_before_since_do_not_count_unless_they_last(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "NotFinite: the loss is nan", 5.0))
    write_failure(tmp_path, Failure(OTHER, "late", 6.0))
    assert read_failures(tmp_path, IDS, since=5.0) == {SPEC.id: "NotFinite: the loss is nan", OTHER.id: "late"}
    assert read_failures(tmp_path, IDS, since=5.1) == {OTHER.id: "late"}
    assert set(read_failures(tmp_path, IDS, since=6.1, lasting=IDS)) == {SPEC.id}


def test_no_other_file_is_read(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "why", 5.0))
    failure_file(tmp_path, OTHER).write_text("half of")
    assert list(read_failures(tmp_path, {SPEC.id, "0123456789ab"})) == [SPEC.id]


def test_a_folder_without_failures_has_none(tmp_path):
    assert read_failures(tmp_path, IDS) == {}


def test_a_failure_that_is_removed_while_it_is_read_is_none(tmp_path, monkeypatch):
    for spec in (SPEC, OTHER):
        write_failure(tmp_path, Failure(spec, "why", 5.0))
    read = Path.read_text

    def racing(file, **keywords):
        failure_file(tmp_path, SPEC).unlink(missing_ok=True)
        return read(file, **keywords)

    monkeypatch.setattr(Path, "read_text", racing)
    assert list(read_failures(tmp_path, [SPEC.id, OTHER.id])) == [OTHER.id]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"reason": "r", "when": 1, "spec": 3}', '{"reason": "r", "when": "then", "spec": {}}', "{}"],
)
def test_a_file_that_is_no_failure_is_named(text, tmp_path):
    (tmp_path / "failed").mkdir()
    (tmp_path / "failed" / "abc.json").write_text(text)
    with pytest.raises(RequestError, match=r"abc\.json: expected a failed run, got: "):
        read_failures(tmp_path, ["abc"])
