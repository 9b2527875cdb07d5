from collections.abc import Sequence
from dataclasses import replace

from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import Part
from fewshot.core.statistics.intervals import t_interval
from fewshot.core.statistics.pairs import Share
from fewshot.records.record import RunRecord
from fewshot.reporting.figures.compare import accuracy
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import numbers
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.reporting.summary import summarise
from fewshot.suites.suite import Suite


def rows_of(suite: Suite, records: Sequence[RunRecord]) -> list[dict]:
    return accuracy.data(Given(suite, records))


def test_accuracy_is_the_interval_over_episodes_of_the_seeds_average(suite, records):
    rows = rows_of(suite, records)
    assert len(rows) == 2 * 7
    first, second = records[:2]
    for row in (rows[0], rows[7]):
        both = [first.accuracy[row["task"]], second.accuracy[row["task"]]]
        interval = t_interval([(a + b) / 2 for a, b in zip(*both, strict=True)])
        assert (row["mean"], row["half"], row["n"]) == (round(interval.mean, 6), round(interval.half, 6), 40)
        assert row["seeds"] == [round(sum(values) / 40, 6) for values in both]
        assert row["records"] == [first.id, second.id]
    assert [row["network"] for row in rows[:7]] == ["conv4"] * 3 + [rows[3]["network"]] * 3 + [""]
    assert len({(row["network"], row["label"]) for row in rows}) == 7


def test_the_wider_interval_is_the_tables_over_classes_and_trainings(suite, records):
    (row,) = rows_of(suite, records[:2])[:1]
    (method,) = summarise(records[:2])
    assert row["half_classes"] == round(method.over_classes(row["task"]).half, 6)
    assert (row["units"], row["word"]) == (40, "characters")
    bare = [replace(one, answers={}, classes=()) for one in records[:2]]
    assert rows_of(suite, bare)[0]["half_classes"] is None


def test_methods_that_no_word_tells_apart_have_labels_of_their_own(suite, records):
    other = replace(records[0].spec, training=Recipe(batch=7))
    rows = rows_of(suite, [records[0], replace(records[0], spec=other)])
    assert len({row["label"] for row in rows}) == 2


def test_groups_are_networks_or_of_one_network_kinds_of_loss_and_have_the_best_first(suite, records):
    rows = rows_of(suite, records)
    groups = accuracy.grouped(rows)
    assert [*groups][-1] == "without training"
    assert {*groups} - {"without training"} == {row["network"] for row in rows} - {""}
    means = {(row["network"], row["label"]): row["mean"] for row in reversed(rows)}
    assert all(sorted(keys, key=lambda key: -means[key]) == keys for keys in groups.values())
    vectors = [replace(one, spec=replace(one.spec, loss=Part("cosface"))) for one in records[:2]]
    kinds = accuracy.grouped(rows_of(suite, [*records[2:4], *vectors]))
    assert {*kinds} == {"losses of pairs", "losses with class vectors"}
    assert [*accuracy.grouped(rows_of(suite, records[:4]))] == [""]


def test_the_axis_is_that_of_trained_rows_and_a_baseline_is_a_number_at_its_edge(suite, records):
    low = replace(records[-1], accuracy={task: [0.1] * 40 for task in records[-1].accuracy}, answers={})
    collapsed = [replace(one, accuracy=low.accuracy, answers={}) for one in records[:2]]
    figure = accuracy.draw(rows_of(suite, [*collapsed, *records[2:12], low]), PLAIN)
    means = [100 * row["mean"] for row in rows_of(suite, records[2:12]) if row["task"] == "5-way 1-shot"]
    left, right = figure.axes[0].get_xlim()
    assert left > min(means) - 12
    assert left < min(means) < max(means) < right
    assert [text.get_text() for text in figure.axes[0].texts] == ["◂ 10.0"] * 2


def test_an_axis_holds_single_trainings_and_an_interval_that_goes_beyond_it_ends_in_arrows(suite, records):
    row = rows_of(suite, records[:1])[0] | {"mean": 0.7, "half": 0.01, "half_classes": 0.2, "seeds": [0.66, 0.7]}
    axes = accuracy.draw([row], PLAIN).axes[0]
    left, right = axes.get_xlim()
    assert 60 < left < 66
    assert right < 80
    ends = [(line.get_marker(), line.get_xdata()[0]) for line in axes.lines if line.get_marker() in ("<", ">")]
    assert ends == [("<", left), (">", right)]


def test_an_axis_holds_wide_intervals_whole_where_methods_are_as_far_apart(suite, records):
    row = rows_of(suite, records[:1])[0] | {"half": 0.005, "half_classes": 0.045, "seeds": [0.7]}
    rows = [row | {"label": f"{mean}", "mean": mean} for mean in (0.83, 0.75, 0.74)]
    axes = accuracy.draw(rows, PLAIN).axes[0]
    left, right = axes.get_xlim()
    assert left < 100 * (0.74 - 0.045)
    assert right > 100 * (0.83 + 0.045)
    assert not [line for line in axes.lines if line.get_marker() in ("<", ">")]


def test_an_interval_that_is_not_symmetric_is_drawn_from_end_to_end(suite, records):
    row = rows_of(suite, records[:1])[0] | {"mean": 0.9, "half": 0.01, "half_classes": 0.1, "seeds": [0.9]}
    axes = accuracy.draw([row | {"ends_classes": [0.75, 0.95]}], PLAIN).axes[0]
    assert [75.0, 95.0] in [line.get_xdata().tolist() for line in axes.lines if len(line.get_xdata()) == 2]
    assert numbers(Share(0.9, 0.1, 10, 0.75, 0.95)) == {"mean": 0.9, "half": 0.1, "ends": [0.75, 0.95], "n": 10}
