"""`fewshot list` and `fewshot data`."""

import pytest

from fewshot.cli import main
from fewshot.registry import KINDS, entries
from fewshot.suites import suite_files


@pytest.fixture
def lines(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)
    monkeypatch.setattr("fewshot.registry._plugins", {})

    def run(*arguments):
        assert main(arguments) == 0
        return capsys.readouterr().out.splitlines()

    return run


@pytest.mark.parametrize("kind", [*KINDS.values(), "suites"])
def test_a_kind_alone_is_a_line_for_each_name_with_what_it_is(lines, kind):
    names = list(suite_files() if kind == "suites" else entries(kind))
    found = lines("list", kind)
    assert [line.split()[0] for line in found] == names
    assert all(len(line.split()) > 1 for line in found)


def test_everything_stands_under_its_kind(lines):
    found = lines("list")
    assert [line[:-1] for line in found if not line.startswith(" ")] == [*KINDS.values(), "suites"]


def test_detail_shows_options_with_their_defaults(lines):
    found = lines("list", "losses", "--detail")
    place = next(i for i, line in enumerate(found) if line.split()[0] == "triplet")
    assert [line.strip() for line in found[place + 1 : place + 3]] == ["margin = 1.0", "mining = 'all'"]


def test_data_has_a_line_for_each_data_set_and_verifies_one(lines):
    assert [line.partition(":")[0] for line in lines("data")] == list(entries("datasets"))
    assert lines("data", "typefaces")
