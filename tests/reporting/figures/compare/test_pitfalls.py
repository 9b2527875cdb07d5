"""The figure of mistakes: rows of differences, and nothing of other suites."""

import pytest
from mistaken import mistaken_records

from fewshot.reporting.figures.compare import pitfalls
from fewshot.reporting.figures.draw import draw_figures, source
from fewshot.reporting.figures.given import Given, LeftOut
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.suites.suite import read_suite


@pytest.fixture(scope="module")
def mistakes(make_record) -> Given:
    return Given(read_suite("pitfalls"), mistaken_records(make_record))


def test_a_row_a_mistake_with_the_right_figure_as_a_line(mistakes):
    rows = pitfalls.data(mistakes)
    assert rows[0]["mistake"] == "constant_ties"
    axes = pitfalls.draw(rows, PLAIN).axes[0]
    left, right = axes.get_xlim()
    assert left < -8 < 10 < right < 60  # the constant network, 95 points better, is at the edge
    said = axes.figure.texts[-1].get_text().replace("\n", " ")
    assert "right figure, 81.0 % (of the constant network 5.0 %, at the edge: beyond the axis)" in said


def test_it_is_the_suites_only_figure_and_no_other_suites(mistakes, given, tmp_path):
    drawn = draw_figures(mistakes, tmp_path)
    assert [file.name for file in drawn] == ["pitfalls.pdf", "pitfalls.png", "pitfalls.json"]
    with pytest.raises(LeftOut, match="runs that make a known mistake, which the figure pitfalls alone shows"):
        source("accuracy", mistakes)
    with pytest.raises(LeftOut, match="needs records of the suite pitfalls"):
        source("pitfalls", given)
