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
