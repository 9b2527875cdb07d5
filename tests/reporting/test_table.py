from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import Part
from fewshot.core.statistics.intervals import t_interval
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.summary import summarise
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

GOLDEN = Path(__file__).parent / "golden"
SUITE = read_suite(str(GOLDEN / "suite.toml"), seeds=2)
PUBLISHED = [
    {"method": "people", "task": "20-way 1-shot", "accuracy": 95.5, "source": "a paper", "trust": "read in the source"},
    {
        "method": "Koch & al., 50 % of_it",
        "task": "20-way 1-shot",
        "accuracy": 82.0,
        "half_width": 1.5,
        "source": "another",
        "trust": "cited",
        "note": "see {there}",
        "like": {"loss": "triplet"},
    },
]


@pytest.fixture
def records(make_record):
    """Two seeds of two losses and the pixel row; accuracies from a fixed generator."""
    specs = [*SUITE.only(["loss=triplet", "loss=contrastive"]).specs, SUITE.specs[-1]]
    return [make_record(spec, seed=number) for number, spec in enumerate(specs)]


@pytest.mark.parametrize("form", FORMATS)
def test_a_table_of_stored_records_is_this_text(records, form):
    missing = [(SUITE.specs[0], "failed: the loss is not finite"), (SUITE.specs[1], "missing")]
    table = make_table("A title", "a note", records, PUBLISHED, test_evaluations=5, missing=missing)
    assert render(table, form, 1000) == (GOLDEN / f"table.{form}").read_text(encoding="utf-8")


@pytest.mark.parametrize("form", ["text", "latex"])
def test_a_pivot_of_stored_records_is_this_text(records, form):
    missing = [(SUITE.specs[0], "failed: the loss is not finite"), (SUITE.specs[1], "missing")]
    table = make_table("A title", "", records[1:], rows=["loss", "learner"], columns=["backbone"], missing=missing)
    assert render(table, form, 80) == (GOLDEN / f"pivot.{form}").read_text(encoding="utf-8")


def test_cells_are_intervals_over_episodes_of_the_seed_averaged_accuracy(records):
    both = np.array([record.accuracy["20-way 1-shot"] for record in records[:2]])
    ours = make_table("", "", records).ours
    cell = ours.lines[0][ours.header.index("20-way 1-shot (n = 40)")]
    assert cell.rstrip("*") == f"{t_interval(both.mean(0))} (–)"
    spread = 100 * both.mean(1).std(ddof=1)
    assert ours.lines[0][-3] == f"{spread:.1f} (n = 2)"


def test_the_order_of_records_does_not_change_a_cell(records):
    one, other = make_table("", "", records), make_table("", "", records[::-1])
    assert sorted(one.ours.lines) == sorted(other.ours.lines)


def test_one_seed_has_no_deviation_column_and_unequal_seeds_are_seen(records):
    assert "sd over seeds" not in make_table("", "", records[::2]).ours.header
    ours = make_table("", "", records[1:]).ours
    column = ours.header.index("sd over seeds")
    assert [line[column].partition(" ")[2] for line in ours.lines] == ["(n = 1)", "(n = 2)", ""]


def test_a_pivot_says_of_how_many_seeds_its_figures_are(records):
    table = make_table("", "", records[1:], rows=["method"], columns=["network", "task"])
    assert "a trained method's figure is the mean of 2 seeds, but contrastive(margin=8.0) of 1" in table.notes


def test_a_seed_that_is_missing_makes_a_note_and_no_line(records):
    spec = records[0].spec
    table = make_table("", "", records[1:], missing=[(spec, "failed: no memory")])
    assert len(table.ours.lines) == 3
    assert "contrastive(margin=8.0): from 1 of 2 seeds; seed 0 failed: no memory" in table.notes


def test_what_has_no_record_says_why(records):
    lost = SUITE.specs[0]
    plain = make_table("", "", records, missing=[(lost, "failed: no memory")])
    assert [cell for cell in plain.ours.lines[-1] if "failed" in cell] == ["failed: no memory", "failed"]
    pivot = make_table("", "", records, rows=["method"], columns=["network"], missing=[(lost, "failed: no memory")])
    assert pivot.ours.lines[-1] == ("verification", "failed", "failed", "–", "–")
    assert "verification: failed: no memory" in pivot.notes


def test_a_pivot_has_a_dash_where_there_is_no_method_and_marks_the_best_of_each_column(make_record):
    specs = [replace(spec, backbone=replace(spec.backbone, name=name)) for spec in SUITE.specs[:5:2] for name in "ab"]
    records = [make_record(spec, seed=number) for number, spec in enumerate(specs[:-1])]
    records[2] = replace(records[2], accuracy={task: [0.1] * 40 for task in records[2].accuracy})
    ours = make_table("", "", records, rows=["loss"], columns=["task", "backbone"]).ours
    assert ours.header == ("loss", *(f"{way}-way 1-shot (n = 40), {name}" for way in (5, 20) for name in "ab"))
    assert ours.lines[-1][2] == ours.lines[-1][4] == "–"
    assert ours.lines[1][1] == "10.0 ± 0.0 (–)"
    for column in range(1, 5):
        assert any(line[column].endswith("*") for line in ours.lines)


def test_protocols_can_be_the_columns_each_with_a_best_of_its_own(make_record):
    suite = read_suite("omniglot-vinyals").only(["loss=triplet", "loss=contrastive"])
    specs = [replace(spec, protocol=replace(spec.protocol, name=name)) for spec in suite.specs[:6:3] for name in "pq"]
    records = [make_record(spec, seed=number) for number, spec in enumerate(specs)]
    low = [
        replace(record, accuracy={"5-way 1-shot": [low] * 40})
        for record, low in zip(records, (0.5, 0.1, 0.4, 0.2), strict=True)
    ]
    table = make_table("", "", low, rows=["loss"], columns=["protocol"], test_evaluations=4)
    assert table.ours.header == ("loss", *(f"protocol {name}, 5-way 1-shot (n = 40)" for name in "pq"))
    assert [[cell.endswith("*") for cell in line[1:]] for line in table.ours.lines] == [[True, False], [False, True]]
    assert table.notes[-1] == "evaluations that met the test classes of these protocols among these records: 4"
    with pytest.raises(RequestError, match=r"fall into one cell; these keys would tell them apart: .*protocol"):
        make_table("", "", low, rows=["loss"])
    assert "protocol" in make_table("", "", low).ours.header
    assert "of this protocol among" in make_table("", "", low[:1], test_evaluations=4).notes[-1]


def test_tasks_can_be_the_lines(records):
    ours = make_table("", "", records, rows=["task"], columns=["method"]).ours
    assert ours.header == ("task", "contrastive(margin=8.0)", "triplet", "pixels")
    assert [line[0] for line in ours.lines] == ["5-way 1-shot (n = 40)", "20-way 1-shot (n = 40)"]
    assert ours.lines[0][3].endswith("*")
    both = make_table("", "", records, rows=["task", "method"]).ours
    assert both.header == ("task", "method", "accuracy", "sd over seeds")
    assert [line[0] for line in both.lines] == ["5-way 1-shot (n = 40)"] * 3 + ["20-way 1-shot (n = 40)"] * 3


def test_one_figure_alone_is_no_best(records):
    table = make_table("", "", records[:1])
    assert not any(cell.endswith("*") for line in table.ours.lines for cell in line)
    assert not any("best" in note for note in table.notes)


def test_published_figures_are_held_against_ours(records):
    table = make_table("", "", records, PUBLISHED)
    block = table.below[-1]
    assert block.header == ("published", "task", "accuracy", "ours", "difference", "source", "trust", "note")
    best, like = block.lines
    assert best[3:5] == ("84.2 ± 2.1 (–)", "−11.3 ± 2.1")
    ours = t_interval(np.mean([record.accuracy["20-way 1-shot"] for record in records[2:4]], 0))
    assert "ours (triplet, our best on the task or our best of the rows that the suite names)" in table.notes[-1]
    half = np.hypot(100 * ours.half, 1.5)
    assert like[3] == f"{ours} (–)"
    assert like[4] == f"{100 * ours.mean - 82:+.1f} ± {half:.1f}"


def test_a_column_of_the_published_block_with_nothing_in_it_is_left_out(records):
    few = {"method": "people", "task": "7-way 1-shot", "accuracy": 95.5, "source": "a paper"}
    block = make_table("", "", records, [few]).below[-1]
    assert block.header == ("published", "task", "accuracy", "source")
    both = make_table("", "", records, [few, few | {"task": "20-way 1-shot"}]).below[-1]
    assert both.lines[0][3:5] == ("–", "–")
    assert both.lines[1][3].count("±") == 1
    assert make_table("", "", []).below == ()


def test_a_published_figure_like_several_rows_is_held_against_the_best_of_them(records):
    item = PUBLISHED[0] | {"like": {"backbone": "conv4"}}
    best = make_table("", "", records, [PUBLISHED[0] | {"like": {"loss": _best_trained(records)}}])
    assert make_table("", "", records, [item]).below[-1].lines == best.below[-1].lines
    with pytest.raises(RequestError, match=r"unknown key of a row 'los'.*loss"):
        make_table("", "", [], [item | {"like": {"los": "triplet"}}], missing=[(SUITE.specs[0], "missing")])


def _best_trained(records):
    rows = [row for row in summarise(records) if row.spec.training]
    return max(rows, key=lambda row: row.accuracy[PUBLISHED[0]["task"]].mean()).spec.loss.name


def test_a_published_figure_like_no_row_or_an_unrecorded_one_says_so(records):
    item = PUBLISHED[0] | {"like": {"loss": "verification", "steps": 600}}
    table = make_table("", "", records, [item])
    assert "published people: no row here has loss = verification, steps = 600" in table.notes
    table = make_table("", "", records, [item], missing=[(SUITE.specs[0], "missing")])
    assert table.below[-1].lines[0][3] == "missing"


def test_a_plug_in_is_held_against_the_best_other(make_record):
    specs = [spec for spec in SUITE.specs if spec.seed == 0]
    new = replace(specs[2], loss=Part("my_loss", sha256="0" * 64))
    records = [make_record(spec, seed=number) for number, spec in enumerate(specs)]
    mine = replace(records[1], spec=new, accuracy={k: [v - 0.05 for v in vs] for k, vs in records[1].accuracy.items()})
    same = replace(records[0], accuracy={task: [0.1] * 40 for task in mine.accuracy})
    notes = make_table("", "", [same, records[1], mine]).notes
    found = [note for note in notes if note.startswith("my_loss − ")]
    assert len(found) == 2
    assert found[0] == (
        "my_loss − contrastive(margin=8.0) (the best other trained row): −5.0 ± 0.0 on 5-way 1-shot, "
        "paired over 40 episodes of one training each: told apart (5 %, Holm over all 3 pairs)"
    )
    level = replace(mine, accuracy=records[1].accuracy)
    notes = make_table("", "", [records[1], level]).notes
    assert sum(note.endswith(": not told apart (5 %)") for note in notes) == 2
    assert not any("the best other" in note for note in make_table("", "", [mine]).notes)
    whole = replace(records[1], spec=replace(specs[1], members=(0, 1)), accuracy={k: [1.0] * 40 for k in mine.accuracy})
    notes = make_table(
        "", "", [records[1], whole, level]
    ).notes  # a better ensemble is no row to compare one network with
    assert all(" − contrastive(margin=8.0) (the best other trained row but ensembles): " in note for note in notes[-2:])


def test_a_learner_that_is_measured_in_two_ways_has_a_column_more_and_others_a_dash(records):
    """Its own pairs and paired tests are among those that have the same kind of task."""
    own, label = [], "20-way 1-shot, batch statistics"
    for number, name in enumerate(("maml", "anil")):
        spec = replace(records[2 * number].spec, learner=Part(name), loss=None, similarity=None)
        accuracy = records[2 * number].accuracy
        own.append(replace(records[0], spec=spec, accuracy=accuracy | {label: [0.9 - 0.1 * number] * 39 + [0.5]}))
    published = [{"method": "theirs", "task": label, "accuracy": 95.8, "source": "a paper", "trust": "read"}]
    table = make_table("", "", [*records, *own], published)
    column = table.ours.header.index(f"{label} (n = 40)")
    cells = {line[0]: line[column] for line in table.ours.lines}
    assert cells.pop("maml").endswith("*")
    assert cells.pop("anil") == "79.2 ± 1.5 (–)"
    assert set(cells.values()) == {"–"}
    assert len(cells) == 3
    assert table.below[-1].lines[0][3:5] == ("89.0 ± 2.0 (–)", "−6.8 ± 2.0")
    said = [note for note in table.notes if note.startswith("batch statistics: batch norms")]
    assert len(said) == 1
    assert "(transductive)" in said[0]
    assert any(note.startswith("pairs of maml, anil are scored in 3-way 1-shot tasks") for note in table.notes)
    plain = make_table("", "", records).notes
    assert not any("batch" in note or "3-way" in note for note in plain)


def test_a_table_without_records_says_so():
    empty = make_table("A title", "", [])
    assert empty.ours.lines == ()
    assert "no cell has a record yet" in empty.notes
    planned = make_table("A title", "", [], missing=[(spec, "missing") for spec in SUITE.specs])
    assert [line[-1] for line in planned.ours.lines] == ["missing"] * 4
    for form in FORMATS:
        assert render(empty, form, 80)
        assert render(planned, form, 80)


def names_and_figures(records, **given) -> tuple[list[str], list[float]]:
    """The names and first figures of a table's rows."""
    ours = make_table("", "", records, **given).ours
    place = next(number for number, head in enumerate(ours.header) if "way" in head)
    return [line[0] for line in ours.lines], [float(line[place].split()[0]) for line in ours.lines]


def test_rows_are_sorted_by_accuracy_on_request_or_where_there_are_many(records, make_record):
    names, figures = names_and_figures(records)
    assert names == ["contrastive(margin=8.0)", "triplet", "pixels"]
    assert names_and_figures(records, sort="accuracy")[1] == sorted(figures, reverse=True) != figures
    many = [make_record(replace(records[0].spec, size=size), seed=size) for size in range(20, 29)]
    figures = names_and_figures(many)[1]
    assert figures == sorted(figures, reverse=True) != names_and_figures(many, sort="suite")[1]
    csv = make_table("", "", many).tidy
    accuracy = [float(line[csv.header.index("accuracy")]) for line in csv.lines[::2]]
    assert accuracy == sorted(accuracy, reverse=True)
    with pytest.raises(RequestError, match="unknown order of a table 'accurate': did you mean accuracy"):
        make_table("", "", many, sort="accurate")


def test_rows_of_several_evaluations_stay_together_and_say_of_which_they_are(records, make_record):
    on_val = [make_record(replace(record.spec, stage="val"), seed=9) for record in records[::2]]
    table = make_table("", "", [*records, *on_val], sort="accuracy")
    place = table.ours.header.index("stage")
    assert [line[place] for line in table.ours.lines] == ["test"] * 3 + ["val"] * (len(table.ours.lines) - 3)


def test_folds_stand_in_a_column_and_no_two_are_compared(make_record):
    suite = read_suite("quickstart", stage="val").only(["loss=triplet", "loss=contrastive"])
    one, other = (replace(spec, folds=2, fold=2) for spec in suite.specs)
    found = make_table("", "", [make_record(spec) for spec in (replace(one, fold=1), one, other)]).ours
    fold = found.header.index("fold")
    assert [line[fold] for line in found.lines] == ["1 of 2", "2 of 2", "2 of 2"]
    assert ["*" in "".join(line) for line in found.lines] == [False, True, True]


def test_rows_that_no_column_tells_apart_carry_the_first_digits_of_their_ids(make_record):
    first = SUITE.only(["loss=triplet"]).specs[0]
    other = replace(first, training=replace(first.training, batch=7))
    table = make_table("", "", [make_record(first), make_record(other)])
    assert [line[0] for line in table.ours.lines] == [f"triplet [{spec.id[:6]}]" for spec in (first, other)]
