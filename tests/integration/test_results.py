"""What is committed under results/: every record is whole and clean, every table is what the records say."""

import tomllib
from pathlib import Path

import pytest

from fewshot.cli.main import main
from fewshot.records.record import LIMIT
from fewshot.records.store import read_records
from fewshot.suites.suite import suite_files

RESULTS = Path(__file__).parents[2] / "results"
TABLES = sorted((RESULTS / "tables").glob("*.*"))


def test_every_record_came_from_committed_code():
    for record in read_records(RESULTS).values():
        assert record.facts["commit"]
        assert record.facts["dirty"] is False
        assert record.spec.shuffled_labels is False


def test_records_are_at_most_300_kb_and_25_bytes_for_each_pair():
    files = {file.stem: file for file in (RESULTS / "runs").rglob("*.json")}
    for name, record in read_records(RESULTS).items():
        pairs = len(record.same) + len(record.different)
        assert files[name].stat().st_size <= max(LIMIT, 25 * pairs + LIMIT / 2), name


def test_one_set_of_images_has_one_digest():
    seen: dict[tuple, set[str]] = {}
    for record in read_records(RESULTS).values():
        spec = record.spec
        for split, digest in record.digests.items():
            chosen = [(name, spec.protocol.options.get(name)) for name in ("fold", "test", "turned", "val")]
            images = str(spec.dataset), spec.protocol.name, str(chosen), spec.size, split
            seen.setdefault(images, set()).add(digest)
    assert {images: digests for images, digests in seen.items() if len(digests) > 1} == {}


def test_every_suite_says_what_its_table_does_not_show():
    files = suite_files().values()
    assert [file.name for file in files if not tomllib.loads(file.read_text("utf-8")).get("limits")] == []


@pytest.mark.parametrize("file", TABLES, ids=lambda file: file.name)
def test_a_table_is_a_rebuild_from_the_records(file, capsys):
    assert main(["table", file.stem, "--format", file.suffix[1:], "--results", str(RESULTS)]) == 0
    assert capsys.readouterr().out == file.read_text(encoding="utf-8")
