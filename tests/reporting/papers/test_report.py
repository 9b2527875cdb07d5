"""Papers: their figures are the suites' own, ours are the tables', and every command that is named can be given."""

import shlex
from pathlib import Path

import pytest

from fewshot.cli.commands import make_parser
from fewshot.cli.suite_options import suite_request
from fewshot.reporting.papers.papers import Paper, find_paper, papers
from fewshot.reporting.papers.parts import parts_of
from fewshot.reporting.papers.report import report
from fewshot.suites.suite import read_suite

RESULTS = Path(__file__).parents[3] / "results"
CHECKED = {"read in the source", "two notes that agree", "read in Lake et al. 2015"}


def _named(figure: dict) -> tuple:
    """A figure, whichever way a suite evaluates what it is held against."""
    return figure["method"], figure["task"].removesuffix(", batch statistics"), figure["accuracy"]


@pytest.mark.parametrize("paper", papers().values(), ids=papers())
def test_every_figure_is_a_published_row_of_a_suite_that_was_checked(paper, tmp_path):
    parts = parts_of(paper, tmp_path)
    assert parts
    figures = [one.item for part in parts for one in part.held]
    known = [one for part in parts for one in part.suite.published]
    assert all(figure in known for figure in figures)
    assert {figure["trust"] for figure in figures} <= CHECKED
    published = [one for name in paper.suites for one in read_suite(name).published]
    cited = [one for one in published if one["source"].split(",")[0] == paper.cited]
    assert {*map(_named, figures)} == {*map(_named, cited)}
    shown = [(*_named(figure), figure.get("note")) for figure in figures]
    assert len({*shown}) == len(shown)
    methods = {figure["method"] for figure in figures}
    assert methods >= paper.others.keys()
    for part in parts:
        assert all(one.name for one, command in zip(part.held, part.commands, strict=True) if command)


@pytest.mark.parametrize("text", [text for paper in papers().values() for text in paper.others.values()])
def test_commands_for_other_methods_can_be_given(text):
    words = shlex.split(text)[1:]
    assert suite_request(make_parser(words).parse_args(words)).read().cells


def test_a_command_computes_the_cells_of_its_method_by_all_runs_of_their_searches(tmp_path):
    (part,) = [one for one in parts_of(find_paper("vinyals2016"), tmp_path) if one.suite.name == "omniglot-vinyals"]
    command = next(one for one in part.commands if one and one.only == ("loss=verification",))
    cells = part.suite.only(command.only).cells
    assert command.runs == len({run.id for cell in cells for run in (*cell.planned, cell.finals[0])}) > len(cells)
    assert str(command) == "fewshot run omniglot-vinyals --only loss=verification"


def test_ours_are_those_of_the_suites_tables_and_commands_say_what_their_records_took():
    table = report(find_paper("lake2015"), RESULTS)
    lines = {line[1]: line for line in table.ours.lines if line[0] != "omniglot-small"}
    for name in ("Siamese convnet (Koch et al. 2015)", "modified Hausdorff distance"):
        figure = lines[name][4].partition(": ")[2]
        assert figure in (RESULTS / "tables" / "omniglot-lake.md").read_text("utf-8")
    assert lines["people"][4:6] == ("–", "–")
    cost = next(note for note in table.notes if note.startswith("omniglot-lake, modified Hausdorff distance: "))
    assert "fewshot run omniglot-lake --only learner=hausdorff --results mine computes it anew; one run took " in cost
    rows = [dict(zip(table.tidy.header, line, strict=True)) for line in table.tidy.lines]
    own = [row for row in rows if row["ours"]]
    assert own
    for row in own:
        assert float(row["difference"]) == pytest.approx(float(row["ours"]) - float(row["published"]), abs=1e-5)
    assert any(note.startswith("of no method of ours: people, Bayesian program learning") for note in table.notes)


def test_without_records_it_says_so_with_the_command(tmp_path):
    table = report(find_paper("vinyals2016"), tmp_path)
    assert "–" in {line[4] for line in table.ours.lines}
    assert any(note.startswith("Matching networks: no record yet; fewshot run ") for note in table.notes)
    snell = report(find_paper("snell2017"), tmp_path)
    assert {line[4].partition(": ")[2] for line in snell.ours.lines} == {"no record yet"}
    start = "miniimagenet, Prototypical networks: no record yet; fewshot run miniimagenet --only backbone=conv4 --only "
    assert any(note.startswith(start) and note.endswith("--dry-run tells how long that takes") for note in snell.notes)


def test_a_figure_of_two_suites_is_shown_where_its_method_is():
    (deep,) = [
        line for line in report(find_paper("lake2015"), RESULTS).ours.lines if line[1:4:2] == ("deep convnet", "86.5")
    ]
    assert deep[0] == "losses-one-seed"
    assert deep[4].startswith("softmax: ")


def test_a_paper_is_not_another_whose_name_begins_like_its_own():
    paper = Paper("lee", "", "Lee et al. 2019", ())
    assert paper.cites({"source": "Lee et al. 2019, table 2"})
    assert not paper.cites({"source": "Lee et al. 2019b"})
