import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.spec.stored import from_plain
from fewshot.records.failures import Failure, attempts, failure_file, read_failures, write_failure
from fewshot.suites.suite import read_suite

SPEC = read_suite("quickstart").specs[0]
OTHER = replace(SPEC, seed=1)
IDS = {SPEC.id, OTHER.id}


def test_failures_come_back_by_their_specs_ids(tmp_path):
    reason = 'mine.py, line 3: "größer" \\ \u2028 als\nzwei'
    write_failure(tmp_path, Failure(SPEC, reason))
    write_failure(tmp_path, Failure(OTHER, "no memory"))
    assert read_failures(tmp_path, IDS) == {SPEC.id: reason, OTHER.id: "no memory"}
    assert failure_file(tmp_path, SPEC) == tmp_path / "failed" / f"{SPEC.id}.json"


def test_the_file_is_json_that_holds_the_spec(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "why"))
    plain = json.loads(failure_file(tmp_path, SPEC).read_text(encoding="utf-8"))
    assert (plain["reason"], from_plain(plain["spec"])) == ("why", SPEC)


def test_a_later_failure_stands_for_an_earlier_one(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "first"))
    write_failure(tmp_path, Failure(SPEC, "second"))
    assert read_failures(tmp_path, IDS) == {SPEC.id: "second"}
    assert len(list((tmp_path / "failed").iterdir())) == 1


def test_failures_from_before_do_not_count_unless_they_last(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "NotFinite: the loss is nan"))
    before = attempts(tmp_path, IDS)
    write_failure(tmp_path, Failure(OTHER, "late"))
    assert read_failures(tmp_path, IDS, before) == {OTHER.id: "late"}
    assert set(read_failures(tmp_path, IDS, before, lasting=IDS)) == IDS
    write_failure(tmp_path, Failure(SPEC, "NotFinite: the loss is nan"))
    assert set(read_failures(tmp_path, IDS, before)) == IDS


def test_a_failure_of_an_older_version_has_its_time_for_an_attempt(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "why"))
    file = failure_file(tmp_path, SPEC)
    file.write_text(re.sub('"attempt": ".*"', '"when": 5.25', file.read_text()))
    assert attempts(tmp_path, [SPEC.id]) == {SPEC.id: "5.25"}
    assert read_failures(tmp_path, IDS) == {SPEC.id: "why"}


def test_no_other_file_is_read(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "why"))
    failure_file(tmp_path, OTHER).write_text("half of")
    assert list(read_failures(tmp_path, {SPEC.id, "0123456789ab"})) == [SPEC.id]


def test_a_folder_without_failures_has_none(tmp_path):
    assert read_failures(tmp_path, IDS) == {}


def test_a_failure_that_is_removed_while_it_is_read_is_none(tmp_path, monkeypatch):
    for spec in (SPEC, OTHER):
        write_failure(tmp_path, Failure(spec, "why"))
    read = Path.read_text

    def racing(file, **keywords):
        failure_file(tmp_path, SPEC).unlink(missing_ok=True)
        return read(file, **keywords)

    monkeypatch.setattr(Path, "read_text", racing)
    assert list(read_failures(tmp_path, [SPEC.id, OTHER.id])) == [OTHER.id]


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "3", '{"reason": "r", "when": 1, "spec": 3}', '{"reason": "r", "attempt": "a", "spec": {}}', "{}"],
)
def test_a_file_that_is_no_failure_is_named(text, tmp_path):
    (tmp_path / "failed").mkdir()
    (tmp_path / "failed" / "abc.json").write_text(text)
    with pytest.raises(RequestError, match=r"abc\.json: expected a failed run, got: "):
        read_failures(tmp_path, ["abc"])


def test_a_failure_under_the_name_of_another_is_refused(tmp_path):
    write_failure(tmp_path, Failure(SPEC, "why"))
    failure_file(tmp_path, SPEC).rename(failure_file(tmp_path, OTHER))
    with pytest.raises(RequestError, match=rf"{OTHER.id}\.json: .* a spec with the id {SPEC.id}, not the one in"):
        read_failures(tmp_path, [OTHER.id])
