"""The README files: links lead somewhere, tables are generated, commands parse, plug-ins keep their contract."""

import re
import runpy
from pathlib import Path

import pytest
from torch import nn

from fewshot.cli.commands import COMMANDS, completed, make_parser
from fewshot.conformance import check
from fewshot.registry.lookup import add_plugin, entries, full_name
from fewshot.suites.suite import suite_files

ROOT = Path(__file__).parents[2]
MAKE = runpy.run_path(str(ROOT / "results" / "make.py"))
DOCUMENTS = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in MAKE["documents"]()}
PLUGINS = {
    f"{document}: {name[1]}": block
    for document, text in DOCUMENTS.items()
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    if (name := re.search(r"^@.*\n(?:def|class) (\w+)", block, re.MULTILINE))
}
COMMAND = re.compile(r"(?:^|`|-m )(?:uv run (?:--\S+ (?:ray )?)?)?fewshot ([a-z-].*?)(?:`|\s+#|$)", re.MULTILINE)
OUTSIDE = re.compile(r"^(?:uv run (?:--\S+ )*)?python (\S+)", re.MULTILINE)


def headings(text: str) -> set[str]:
    """The anchors of a document, as GitHub makes them."""
    found = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in found}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_its_links_lead_somewhere(document):
    for link in re.findall(r"\]\((?!http)([^)]+)\)", DOCUMENTS[document]):
        place, _, anchor = link.partition("#")
        file = (ROOT / document).parent / place if place else ROOT / document
        assert file.exists(), link
        assert not anchor or anchor in headings(file.read_text("utf-8")), link


@pytest.mark.parametrize("document", [name for name, text in DOCUMENTS.items() if MAKE["MARKED"].search(text)])
def test_its_tables_are_the_generated_ones(document):
    """If this fails: `uv run --all-groups python results/make.py`."""
    assert MAKE["rewritten"](DOCUMENTS[document]) == DOCUMENTS[document]


@pytest.mark.parametrize("document", [name for name, text in DOCUMENTS.items() if COMMAND.search(text)])
def test_its_commands_parse(document):
    for command in {*COMMAND.findall(DOCUMENTS[document])} - {*COMMANDS}:  # a bare name is a mention
        words = completed(command.split())
        given = vars(make_parser(words).parse_args(words))
        assert given.get("suite", "quickstart") in suite_files() or given["suite"].endswith((".toml", "SUITE")), command


def test_the_scripts_that_they_call_are_there():
    called = {place for text in DOCUMENTS.values() for place in OUTSIDE.findall(text)}
    assert {place for place in called if not (ROOT / place).exists()} == set()


@pytest.mark.parametrize("place", PLUGINS)
def test_its_plugins_keep_their_contract(place, tmp_path):
    name = place.split(": ")[1]
    (tmp_path / f"{name}.py").write_text(PLUGINS[place], encoding="utf-8")
    entry = add_plugin(tmp_path / f"{name}.py")
    assert check(entry.kind, name, thorough=True)


def test_its_example_of_a_leak_is_refused(capsys):
    (example,) = re.findall(r"```python\n(import fewshot\n.*?)```", DOCUMENTS["fewshot/protocols/README.md"], re.DOTALL)
    exec(example, {"my_module": nn.Flatten()})
    assert "it was trained on 78 of the 200 classes of the test tasks" in capsys.readouterr().out


def test_every_loss_has_an_equation_and_a_listed_paper():
    text, _, listed = DOCUMENTS["fewshot/models/README.md"].partition("### Papers")
    rows = re.findall(r"^\| `(\S+)` \| (.*?) \| (.*?) \| (?:pairs|class vectors) \|", text, re.MULTILINE)
    assert {full_name(one) for one in entries("losses").values()} <= {name for name, *_ in rows}
    for name, paper, equation in rows:
        papers = re.findall(r"[A-Z][\w .-]+ \d{4}", paper)
        assert papers, name
        assert [one for one in papers if f"{one}:" not in listed] == []
        assert re.match("`ℒ⁺? = .+`", equation), name


def test_every_figure_is_shown():
    figures = {f"{file.parent.name}/{file.name}" for file in (ROOT / "paper_figures").glob("*/*.png")}
    assert figures == set(re.findall(r"!\[.*?\]\((.+?)\)", DOCUMENTS["paper_figures/README.md"]))
