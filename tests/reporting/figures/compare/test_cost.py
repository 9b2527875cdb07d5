from dataclasses import replace

import matplotlib.style

from fewshot.core.spec.run_spec import Part
from fewshot.reporting.figures.compare import cost
from fewshot.reporting.figures.page.look import LOOK
from fewshot.reporting.figures.page.page import PLAIN


def test_costs_are_means_over_trainings_and_those_that_all_rows_have_a_panel(given):
    facts = [{"seconds": 10.0 * place, "parameters": 1000 * (1 + place // 2)} for place in range(1, 13)]
    timed = [replace(one, facts=own) for one, own in zip(given.records, facts, strict=False)]
    rows = cost.data(replace(given, records=timed))
    assert len(rows) == 6
    first = next(row for row in rows if given.records[0].id in row["records"])
    assert (first["seconds"], first["parameters"], first["seeds"]) == (15.0, 1500.0, 2)
    assert [axes.get_xlabel() for axes in cost.draw(rows, PLAIN).axes] == ["seconds of a training", "parameters"]
    bare = [replace(one, facts={"seconds": 1.0 + place}) for place, one in enumerate(given.records)]
    rows = cost.data(replace(given, records=bare))
    assert len(cost.draw(rows, PLAIN).axes) == 1
    assert cost.data(replace(given, records=[replace(one, facts={}) for one in given.records])) == []


def test_a_training_that_was_resumed_has_no_seconds_of_its_own(given):
    facts = [{"seconds": 10.0, "resumed": False}, {"seconds": 1.0, "resumed": True}, {"seconds": 1.0, "resumed": True}]
    facts += [facts[2], *({"seconds": 5.0} for _ in given.records[4:])]
    timed = [replace(one, facts=own) for one, own in zip(given.records, facts, strict=True)]
    rows = cost.data(replace(given, records=timed))
    assert not any(record.id in row["records"] for row in rows for record in timed[2:4])
    assert next(row["seconds"] for row in rows if timed[0].id in row["records"]) == 10.0


def test_processors_of_one_name_are_told_apart_by_their_instructions(given):
    facts = [{"seconds": 5.0, "processor": "EPYC", "device": "cpu", "threads": 1}] * len(given.records)
    facts[0] = facts[0] | {"instructions": "AVX2"}
    rows = cost.data(
        replace(given, records=[replace(one, facts=own) for one, own in zip(given.records, facts, strict=True)])
    )
    assert {one for row in rows for one in row["machines"]} == {
        "EPYC (cpu), threads: 1",
        "EPYC, AVX2 (cpu), threads: 1",
    }


def test_an_ensemble_costs_all_its_trainings(given):
    (one, other), rest = given.records[:2], given.records[2:3]
    whole = replace(one, spec=replace(one.spec, members=(one.spec.seed, other.spec.seed)))
    timed = [replace(record, facts={"seconds": seconds}) for record, seconds in
             zip([one, other, whole, *rest], (10.0, 20.0, 2.0, 9.0), strict=True)]  # fmt: skip
    rows = cost.data(replace(given, records=timed))
    assert {row["label"]: row["seconds"] for row in rows if "2 × " in row["label"]} == {"2 × verification": 32.0}
    assert "an ensemble costs all its trainings" in cost._words(rows, ["seconds"])
    assert not any("members" in row for row in cost.data(replace(given, records=timed[1:])))
    timed[2] = replace(whole, facts={"seconds": 22.0, "trained_here": [other.id]})
    again = cost.data(replace(given, records=timed))
    assert [row["seconds"] for row in again if "2 × " in row["label"]] == [32.0]


def test_only_methods_on_the_same_episodes_are_compared(given):
    def made(record, seconds: float, mean: float, small: bool):
        spec = replace(record.spec, protocol=Part("lake_small1")) if small else record.spec
        accuracy = {task: [mean] * len(values) for task, values in record.accuracy.items()}
        return replace(record, spec=spec, accuracy=accuracy, facts={"seconds": seconds})

    one_seed = given.records[:12:2]
    small = [True, True, False, False, False, False]
    means = [0.9, 0.8, 0.5, 0.6, 0.55, 0.7]
    timed = [made(*one) for one in zip(one_seed, (1.0, 2.0, 3.0, 4.0, 5.0, 6.0), means, small, strict=True)]
    rows = cost.data(replace(given, records=timed))
    fronts = {tuple(row["mean"] for row in front) for front in cost.fronts(rows, "seconds")}
    assert fronts == {(0.9,), (0.5, 0.6, 0.7)}
    assert "dotted: no cheaper method on the same tasks is as good" in cost._words(rows, ["seconds"])
    alone = [row for row in rows if row["mean"] > 0.7]
    assert "dotted" not in cost._words(alone, ["seconds"])


def test_the_cost_of_one_method_alone_is_no_figure(given):
    assert cost.data(replace(given, records=given.records[:2])) == []


def test_at_100_per_cent_marks_and_the_title_of_the_axis_are_whole(given):
    full = [replace(one, accuracy={"5-way 1-shot": [0.998, 1.0] * 20}, answers={}) for one in given.records[:4]]
    timed = [replace(one, facts={"seconds": 1.0 + place}) for place, one in enumerate(full)]
    with matplotlib.style.context(["default", LOOK]):
        figure = cost.draw(cost.data(replace(given, records=timed)), PLAIN)
        figure.draw_without_rendering()
    assert figure.axes[0].get_ylim()[1] == 100
    assert not any(line.get_clip_on() for line in figure.axes[0].lines if line.get_marker() != "None")
    assert figure.axes[0].yaxis.label.get_window_extent().x0 >= 0
