import re
from dataclasses import replace

import pytest

from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

SEARCH = ["search.learning_rate=[0.1, 0.2, 0.3]", 'search."options.triplet.margin"=[0.5, 1]', "search.batch=[1, 2]"]


@pytest.fixture
def searched(make_record):
    """The table of two losses, each with the point of this number chosen by its search."""

    def table(triplet: int, prototypical: int, **layout):
        suite = read_suite("quickstart", changes=SEARCH).only(["loss=triplet", "loss=prototypical"])
        chosen = [cell.finals[number] for cell, number in zip(suite.cells, (triplet, prototypical), strict=True)]
        choices = {spec.id: cell.choice(spec, {}) for cell, spec in zip(suite.cells, chosen, strict=True)}
        return make_table("", "", [make_record(spec) for spec in chosen], choices=choices, **layout)

    return table


def test_a_search_is_told_of_and_a_value_at_an_end_is_marked(searched):
    table = searched(-1, 2)
    rate = table.ours.header.index("rate")
    assert [line[rate] for line in table.ours.lines] == ["0.3‡", "0.2"]
    notes = [note for note in table.notes if re.match("searched|triplet|prototypical|chosen|‡", note)]
    assert notes == [
        "triplet: the best on val of 12 points trained for 200 steps",
        "prototypical: the best on val of 6 points trained for 200 steps",
        "chosen triplet.margin: 1‡",
        "chosen batch: 2‡ (triplet), 1‡ (prototypical)",
        "‡ the smallest or the largest of the values tried: a wider search may find a better one",
    ]


def test_a_value_that_the_row_shows_is_told_at_an_end_alone(make_record):
    cell = (
        read_suite("quickstart", changes=['search."options.triplet.margin"=[0.5, 0.7, 1]'])
        .only(["loss=triplet"])
        .cells[0]
    )
    for number, told in enumerate(([": 0.5‡"], [], [": 1‡"])):
        spec = cell.finals[number]
        methods, choices = [make_record(spec)], {spec.id: cell.choice(spec, {})}
        notes = make_table("", "", methods, choices=choices).notes
        assert [note.removeprefix("chosen triplet.margin") for note in notes if "chosen" in note] == told
        notes = make_table("", "", methods, rows=["loss"], choices=choices).notes
        assert any("chosen triplet.margin" in note for note in notes)


def test_methods_stand_in_one_line_of_several_columns_whatever_their_searches_chose(make_record):
    suite = read_suite("quickstart", changes=[*SEARCH, 'backbones=["conv4", "conv6"]', 'losses=["triplet"]'])
    cells = suite.only(["loss=triplet"]).cells
    chosen = [cell.finals[number] for cell, number in zip(cells, (0, -1), strict=True)]
    choices = {spec.id: cell.choice(spec, {}) for cell, spec in zip(cells, chosen, strict=True)}
    for rows in ([], ["method", "similarity"]):
        table = make_table(
            "", "", [make_record(spec) for spec in chosen], choices=choices, rows=rows, columns=["network"]
        )
        (line,) = table.ours.lines
        assert line[0] == "triplet"
        assert "–" not in line
        assert any(note.startswith("chosen triplet.margin: 0.5‡ (triplet") for note in table.notes)


def test_ranges_that_should_go_on_are_named(make_record):
    suite = read_suite("quickstart", changes=SEARCH).only(["loss=triplet"])
    cell, spec = suite.cells[0], suite.cells[0].finals[-1]
    choice = replace(cell.choice(spec, {}), wider=("options.triplet.margin",))
    (note,) = [
        one for one in make_table("", "", [make_record(spec)], choices={spec.id: choice}).notes if "‡ the" in one
    ]
    assert note.endswith("find a better one, above all where the second best lies in the same outer quarter of them: "
                         "triplet.margin of triplet")  # fmt: skip


def test_a_rate_that_no_column_shows_is_in_a_note(searched):
    for layout in ({"rows": ["method"], "columns": ["network"]}, {"rows": ["method"]}):
        assert "chosen learning_rate: 0.2" in searched(4, 2, **layout).notes


def test_nothing_is_told_of_no_search(make_record):
    notes = make_table("", "", [make_record(spec) for spec in read_suite("quickstart").specs]).notes
    assert not any(re.match("searched|chosen|‡", note) for note in notes)
