import csv
import io
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from fewshot.core.spec.run_spec import Part
from fewshot.reporting.blocks import Block, Table
from fewshot.reporting.latex.escape import escape
from fewshot.reporting.render import FORMATS, render, terminal_width, write_tables
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml", seeds=2).specs
PUBLISHED = [{"method": "A & B <b>50 %</b> | {x}", "task": "5-way 1-shot", "accuracy": 9.5, "source": "a\nb"}]


def awkward(make_record):
    """A table of names that every format has to escape."""
    odd = replace(SPECS[0], loss=Part("a_b|c*", {"key": "{v}\\", "of": "<i>&"}, 1, "0" * 64))
    records = [make_record(spec, seed=number) for number, spec in enumerate([odd, SPECS[2], SPECS[3]])]
    return make_table("T|*_ & <title>", "note | 5 %", records, PUBLISHED, missing=[(SPECS[4], "failed: a\n\tb\x1b")])


def tables(make_record):
    records = [make_record(spec, seed=number) for number, spec in enumerate(SPECS)]
    missing = [(spec, "missing") for spec in SPECS]
    return {
        "awkward": awkward(make_record),
        "one record": make_table("", "", records[:1]),
        "no records": make_table("", "", []),
        "only missing": make_table("", "", [], PUBLISHED, missing=missing),
        "only missing, pivot": make_table("", "", [], rows=["method"], columns=["backbone"], missing=missing),
        "one seed": make_table("", "", records[::2]),
        "unequal seeds": make_table("", "", records[1:], PUBLISHED),
        "one episode": make_table("", "", [make_record(spec, episodes=1) for spec in SPECS[::2]]),
        "pivot": make_table("", "", records, rows=["similarity"], columns=["task", "learn", "method"]),
    }


class Cells(HTMLParser):
    """Rows of cells of every table, and the tags that are open."""

    def __init__(self):
        super().__init__()
        self.rows, self.open = [], []

    def handle_starttag(self, tag, attrs):
        if tag != "meta":
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


@pytest.mark.parametrize("form", FORMATS)
def test_every_table_has_every_format(form, make_record):
    for table in tables(make_record).values():
        text = render(table, form, 80)
        assert text.endswith("\n")
        assert text == render(table, form, 80)


def test_latex_has_the_same_lines(make_record):
    for table in tables(make_record).values():
        text = render(table, "latex")
        blocks = table.blocks
        names = [line[0] for block in blocks for line in (block.header, *block.lines)]
        begun = [line.partition(" & ")[0] for line in text.splitlines() if line.endswith(r" \\")]
        assert [*dict.fromkeys(begun)] == [*dict.fromkeys(map(escape, names))]


def test_html_has_the_same_cells(make_record):
    for table in tables(make_record).values():
        page = Cells()
        page.feed(render(table, "html"))
        assert not page.open
        blocks = table.blocks
        assert page.rows == [list(line) for block in blocks for line in (block.header, *block.lines)]


def test_markdown_has_as_many_cells_in_every_line(make_record):
    for table in tables(make_record).values():
        text = render(table, "md")
        bare = text.replace("\\\\", "").replace("\\|", "")
        for block in table.blocks:
            rule = "|" + "---|" * len(block.header) if block else ""
            assert rule in bare
        lines = [line for line in bare.splitlines() if line.startswith("|")]
        assert {line.count("|") - 1 for line in lines} <= {len(b.header) for b in table.blocks}
    assert r"a_b\|c\*(key={v}\\, of=\<i>&)" in render(awkward(make_record), "md")


def test_csv_reads_back(make_record):
    table = awkward(make_record)
    rows = list(csv.reader(io.StringIO(render(table, "csv"))))
    assert rows == [list(line) for line in (table.tidy.header, *table.tidy.lines)]
    assert rows[1][0] == "a_b|c*(key={v}\\, of=<i>&)"
    assert rows[-2][table.tidy.header.index("status")] == "failed: a b"


def test_text_is_as_wide_as_the_terminal_that_is_written_to(make_record, monkeypatch):
    table = awkward(make_record)
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert terminal_width() is None
    assert render(table, "text") == render(table, "text", 1000)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert terminal_width() == 50
    assert render(table, "text") == render(table, "text", 50)


def test_a_folder_of_tables_has_markdown_and_csv(make_record, tmp_path):
    table = awkward(make_record)
    write_tables(table, tmp_path / "tables", "odd")
    assert sorted(file.name for file in (tmp_path / "tables").iterdir()) == ["odd.csv", "odd.md"]
    assert (tmp_path / "tables" / "odd.md").read_text(encoding="utf-8") == render(table, "md")


def test_a_line_without_a_label_is_html_too():
    table = Table("t", Block(("5-way",), (("97.8 ± 0.3",),), 0), Block(("task",), ()))
    assert "<tr><td>97.8 ± 0.3</td></tr>" in render(table, "html")
