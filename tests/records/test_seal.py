"""The seal of a record: any change but of its facts is noticed."""

import json

import pytest

from fewshot.core.errors import RequestError
from fewshot.records.record import read_record, to_text
from fewshot.suites.suite import read_suite

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
