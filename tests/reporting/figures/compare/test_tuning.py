from dataclasses import replace

from fewshot.reporting.figures.compare import tuning
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.suites.search.choice import Choice


def test_a_row_has_the_accuracy_on_val_before_and_after_the_search(given):
    first, second = given.records[0], given.records[2]
    choices = {
        first.id: Choice({}, frozenset(), "2 points", 0.75, 0.8),
        second.id: Choice({}, frozenset(), "3 points", 0.9, 0.65),
        given.records[4].id: Choice({}, frozenset(), "4 points", 0.9),
    }
    rows = tuning.data(replace(given, choices=choices))
    assert [(row["records"][0], row["default"], row["mean"]) for row in rows] == [
        (second.id, 0.65, 0.9), (first.id, 0.8, 0.75),
    ]  # fmt: skip
    texts = [text.get_text() for text in tuning.draw(rows, PLAIN).texts]
    assert [text for text in texts if text[0] in "+−"] == ["+25.0", "−5.0"]
    assert tuning.data(replace(given, choices={})) == []


def test_values_left_of_the_axis_are_numbers_at_its_edge(given):
    first, second, third, fourth, fifth, sixth = given.records[:12:2]
    values = ((0.3, 0.05), (0.4, 0.93), (0.92, 0.2), (0.93, 0.94), (0.94, 0.92), (0.95, 0.93))
    each = zip((first, second, third, fourth, fifth, sixth), values, strict=True)
    choices = {one.id: Choice({}, frozenset(), "2 points", *own) for one, own in each}
    (axes,) = tuning.draw(tuning.data(replace(given, choices=choices)), PLAIN).axes
    assert [text.get_text() for text in axes.texts] == ["◂ 20.0", "◂ 40.0", "◂ 5.0 to 30.0"]


def test_the_number_of_a_value_left_of_the_axis_hides_no_other_mark_of_its_row(given):
    values = ((0.95, 0.94), (0.94, 0.93), (0.94, 0.92), (0.93, 0.92), (0.92, 0.5), (0.86, 0.4))
    each = zip(given.records[:12:2], values, strict=True)
    choices = {one.id: Choice({}, frozenset(), "2 points", *own) for one, own in each}
    figure = tuning.draw(tuning.data(replace(given, choices=choices)), PLAIN)
    (axes,) = figure.axes
    figure.canvas.draw()
    marks = [line.get_window_extent() for line in axes.lines if line.get_marker() == "o"]
    assert len(marks) == 10
    assert [text.get_text() for text in axes.texts] == ["◂ 50.0", "◂ 40.0"]
    assert not [1 for text in axes.texts for mark in marks if text.get_window_extent().overlaps(mark)]
