"""What is committed under results/: records that are whole, small and of the same images.

That they came from committed code, and that tables and figures are what they say, is for `fewshot check results`,
which `.ci/run` calls before the tests.
"""

import tomllib
from pathlib import Path

import pytest

from fewshot.records.store import read_records
from fewshot.records.stored.text import LIMIT
from fewshot.suites.suite import suite_files

RESULTS = Path(__file__).parents[2] / "results"


@pytest.fixture(scope="module")
def records():
    found = read_records(RESULTS)
    assert found
    return found


def test_no_record_is_of_shuffled_labels(records):
    assert [name for name, record in records.items() if record.spec.shuffled_labels] == []


def test_records_are_at_most_300_kb_and_25_bytes_for_each_pair(records):
    files = {file.stem: file for file in (RESULTS / "runs").rglob("*.json")}
    for name, record in records.items():
        pairs = len(record.same) + len(record.different)
        assert files[name].stat().st_size <= max(LIMIT, 25 * pairs + LIMIT / 2), name


def test_one_set_of_images_has_one_digest(records):
    seen: dict[tuple, set[str]] = {}
    for record in records.values():
        spec = record.spec
        for split, digest in record.digests.items():
            chosen = [(name, spec.protocol.options.get(name)) for name in ("fold", "test", "turned", "val")]
            images = str(spec.dataset), spec.protocol.name, str(chosen), spec.size, split
            seen.setdefault(images, set()).add(digest)
    assert {images: digests for images, digests in seen.items() if len(digests) > 1} == {}


def test_every_suite_says_what_its_table_does_not_show():
    files = suite_files().values()
    assert [file.name for file in files if not tomllib.loads(file.read_text("utf-8")).get("limits")] == []
