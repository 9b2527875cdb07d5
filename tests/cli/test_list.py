"""`fewshot list` and `fewshot data`."""

import pytest

from fewshot.cli.main import main
from fewshot.core.errors import RequestError
from fewshot.evaluation.cost import Cost
from fewshot.registry.lookup import entries, full_name
from fewshot.registry.source import KINDS
from fewshot.suites.suite import suite_files


@pytest.fixture
def lines(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)

    def run(*arguments):
        assert main(arguments) == 0
        return capsys.readouterr().out.splitlines()

    return run


@pytest.mark.parametrize("kind", [*KINDS.values(), "suites"])
def test_a_kind_alone_is_a_line_for_each_name_with_what_it_is(lines, kind):
    names = list(suite_files()) if kind == "suites" else [full_name(entry) for entry in entries(kind).values()]
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


def test_backbones_in_detail_say_what_they_cost_or_why_they_are_refused(lines, monkeypatch):
    def cost(name, shape):
        if name in ("koch", "wrn28_10"):
            raise RequestError("not installed" if name == "koch" else f"not {shape[1]} px")
        return Cost(1234, 5_678_000, shape[0] * 10)

    monkeypatch.setattr("fewshot.evaluation.cost.cost", cost)
    found = [line.strip() for line in lines("list", "backbones", "--detail")]
    sizes = ("28 px grey", "84 px colour", "105 px grey")
    said = "1,234 weights, 5.7 M multiply-adds an image, embedding of"
    first = found.index("widths = (64, 64, 64, 64)")
    assert found[first + 1 : first + 3] == [f"28 px grey, 105 px grey: {said} 10", f"84 px colour: {said} 30"]
    assert f"{', '.join(sizes)}: refused: not installed" in found
    assert "84 px colour: refused: not 84 px" in found
    assert f"torchvision:resnet18, 84 px colour: {said} 30" in found
    assert not any(line.startswith("model") for line in found)


def test_data_has_a_line_for_each_data_set_and_verifies_one(lines):
    assert [line.partition(":")[0] for line in lines("data")] == list(entries("datasets"))
    assert lines("data", "verify", "typefaces")
