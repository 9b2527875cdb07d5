from collections.abc import Sequence
from dataclasses import replace

import pytest

from fewshot.records.record import RunRecord
from fewshot.reporting.figures.compare import published
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.suites.suite import Suite


def rows_of(suite: Suite, records: Sequence[RunRecord]) -> list[dict]:
    return published.data(Given(suite, records))


def test_published_figures_stand_among_ours_by_falling_accuracy(suite, records):
    rows = rows_of(suite, records)
    assert {row["task"] for row in rows} == {"20-way 1-shot"}
    assert [row["whose"] for row in rows].count("published") == 2
    assert [row["mean"] for row in rows] == sorted((row["mean"] for row in rows), reverse=True)
    assert next(row["note"] for row in rows if row["half"] == 0.004).endswith("quoted")
    val = [replace(record, spec=replace(record.spec, stage="val")) for record in records]
    assert rows_of(suite, val) == []


def test_a_published_figure_that_is_not_compared_stands_last_and_in_no_band(suite, records):
    item = {"method": "p", "task": "20-way 1-shot", "source": "s", "accuracy": 99.0}
    others = [item | {"method": str(number), "accuracy": 80.0 + number} for number in range(6)]
    apart = replace(suite, published=[*others, item | {"comparable": False}])
    rows = published.data(Given(apart, records))
    assert [row["label"] for row in rows if "apart" in row] == ["p"]
    figure = published.draw(rows, PLAIN)
    places = {text.get_text(): text.get_position()[1] for text in figure.texts}
    assert min(places, key=places.get).startswith("filled")
    assert sorted(places, key=places.get)[1].startswith("p")
    assert "last: of other settings, beside ours but not compared" in " ".join(" ".join(places).split())
    assert published._shaded(rows) == pytest.approx([85.0, 84.0, 83.0, 82.0, 81.0, 80.0])


def test_several_tasks_stand_beside_each_other_on_one_page(suite, records):
    names = ["5-way 1-shot", "20-way 1-shot", "5-way 5-shot", "20-way 5-shot"]
    more = [{"method": f"method {number}", "task": task, "accuracy": 90.0 + number / 3, "source": "others"}
            for number in range(16) for task in names]  # fmt: skip
    four = [replace(one, accuracy=dict.fromkeys(names, one.accuracy["5-way 1-shot"]), answers={}) for one in records]
    figure = published.draw(rows_of(replace(suite, published=tuple(more)), four), PLAIN)
    assert len(figure.axes) == 4
    assert len({round(axes.get_position().y0, 6) for axes in figure.axes}) == 1
    assert figure.get_figheight() < PLAIN.high
