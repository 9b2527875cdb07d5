from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.reporting.columns import phrase, shown
from fewshot.reporting.labels import table_labels
from fewshot.reporting.layout import Layout
from fewshot.reporting.layout import choose_layout as choose
from fewshot.reporting.summary import MISSING, summarise
from fewshot.suites.search.choice import Choice
from fewshot.suites.suite import read_suite

SPECS = read_suite("tests/reporting/golden/suite.toml").specs
VERIFICATION, CONTRASTIVE, TRIPLET, PIXELS = SPECS


def choose_layout(specs, *rows_and_columns, **columns) -> Layout:
    """The layout of methods with these specs and no record yet."""
    return choose(summarise([], [(spec, MISSING) for spec in specs]), *rows_and_columns, **columns)


def with_steps(spec, steps):
    return replace(spec, training=replace(spec.training, steps=steps))


def test_what_every_row_says_the_same_of_becomes_a_note():
    layout = choose_layout(SPECS)
    assert layout.rows == ("method", "similarity")
    assert layout.notes == ("in every row: 28 px", "in every trained row: conv4, trained on train, 600 steps")
    assert choose_layout(SPECS[:3]).notes == ("in every row: conv4, 28 px, trained on train, 600 steps",)


def test_a_training_free_row_of_another_size_keeps_the_column():
    assert "size" in choose_layout([*SPECS[:3], replace(PIXELS, size=105)]).rows


def test_one_row_says_everything_itself():
    assert choose_layout(SPECS[:1]).rows == ("method", "similarity", "network", "size", "learn", "steps")


def test_the_learning_rate_stands_where_trained_rows_differ_in_it():
    faster = replace(TRIPLET, training=replace(TRIPLET.training, learning_rate=0.01))
    layout = choose_layout([VERIFICATION, faster, PIXELS])
    assert layout.rows[-1] == "learning_rate"
    assert [shown(spec, "learning_rate") for spec in (VERIFICATION, faster, PIXELS)] == ["0.001", "0.01", "–"]


def test_rows_that_would_read_alike_get_another_column_or_a_note():
    ruled = replace(TRIPLET, shot_rule="mean_embedding")
    assert "shot_rule" in choose_layout([TRIPLET, ruled]).rows
    assert choose_layout([TRIPLET, PIXELS, replace(TRIPLET, revision=2)]).rows[-1] == "revision"
    batch = replace(TRIPLET, training=replace(TRIPLET.training, batch=7))
    assert "rows of triplet differ in training.batch, which no column shows" in choose_layout([TRIPLET, batch]).notes


def test_the_task_is_among_the_columns_unless_it_is_in_the_rows():
    assert choose_layout(SPECS, ["loss"], ["backbone"]).columns == ("backbone", "task")
    assert choose_layout(SPECS, ["loss", "learner", "task"]).columns == ()
    assert choose_layout(SPECS, ["task"], ["method"]).columns == ("method",)


def test_rows_left_open_beside_chosen_columns_are_the_rest_of_what_identifies():
    layout = choose_layout([TRIPLET, CONTRASTIVE, with_steps(TRIPLET, 900)], columns=["steps"])
    assert layout.rows == ("method",)
    assert layout.columns == ("steps", "task")
    assert choose_layout(SPECS, columns=["loss", "learner"]).rows == ("similarity",)


def test_two_methods_in_one_cell_are_refused_with_what_would_tell_them_apart():
    two = [TRIPLET, with_steps(TRIPLET, 900)]
    with pytest.raises(RequestError) as refused:
        choose_layout(two, ["loss"], ["backbone", "task"])
    assert str(refused.value) == (
        "rows loss and columns backbone, task: triplet, 600 steps and triplet, 900 steps fall into one cell; "
        "these keys would tell them apart: steps"
    )
    assert choose_layout(two, ["loss"], ["steps"]).is_pivot
    batch = replace(TRIPLET, training=replace(TRIPLET.training, batch=7))
    with pytest.raises(RequestError, match=r"they differ in training\.batch only"):
        choose_layout([TRIPLET, batch], ["loss"])


@pytest.mark.parametrize(
    ("rows", "columns", "says"),
    [
        (["los"], [], "unknown key of rows or columns 'los': did you mean loss"),
        (["loss"], ["loss"], "rows loss and columns loss: expected loss in one place"),
        (["task"], ["backbone", "task"], "expected task in one place"),
    ],
)
def test_wrong_keys_are_refused(rows, columns, says):
    with pytest.raises(RequestError, match=says):
        choose_layout(SPECS, rows, columns)


PHOTOS = replace(TRIPLET, normalise="own", training=replace(TRIPLET.training, crop=0.35, flip=0.5, jitter=0.4))


def test_what_is_done_to_photographs_is_a_note_where_it_is_done_in_every_trained_row():
    note = "normalised by own mean and deviation, crops of at least 0.35 of the area, mirrored with probability 0.5"
    both = [PHOTOS, replace(PHOTOS, loss=VERIFICATION.loss), PIXELS]
    for notes in (choose_layout(both).notes, choose_layout(both, ["loss"]).notes):
        assert any(one.startswith("in every trained row: ") and note in one for one in notes)
    assert any(note in one for one in choose_layout([PHOTOS]).notes)
    assert not any("crop" in one for one in choose_layout(SPECS).notes)


def test_it_is_a_column_where_trained_rows_differ_in_it_and_in_more():
    bare = replace(VERIFICATION, normalise="own", training=replace(PHOTOS.training, flip=0.0))
    layout = choose_layout([PHOTOS, bare, PIXELS])
    assert layout.rows[-1] == "flip"
    assert not any("mirrored" in one for one in layout.notes)


def test_rows_that_differ_in_it_alone_are_told_apart():
    bare = replace(PHOTOS, training=replace(PHOTOS.training, jitter=0.0))
    assert "jitter" in choose_layout([PHOTOS, bare]).rows
    assert [phrase("jitter", shown(one, "jitter")) for one in (PHOTOS, bare)] == ["colour jitter of 0.4", "no jitter"]
    assert table_labels([PHOTOS, bare])[1].endswith("no jitter")


@pytest.mark.parametrize("rows", [(), ["loss"]])
def test_views_are_a_note_where_all_trained_rows_have_as_many(rows):
    several = [replace(one, learner=replace(one.learner, options={"views": 8})) for one in (TRIPLET, VERIFICATION)]
    notes = choose_layout([*several, PIXELS], rows).notes
    assert any(one.startswith("in every trained row: ") and "the mean of 8 views" in one for one in notes)
    assert "views" in choose_layout([several[0], VERIFICATION, PIXELS]).rows


def test_a_recipe_that_searches_have_chosen_splits_no_line_of_several_columns():
    methods = []
    for backbone, jitter in (("conv4", 0.1), ("resnet6", 0.2)):
        recipe = replace(TRIPLET.training, jitter=jitter)
        spec = replace(TRIPLET, training=recipe, backbone=replace(TRIPLET.backbone, name=backbone))
        (method,) = summarise([], [(spec, MISSING)])
        methods.append(replace(method, choice=Choice({"jitter": jitter}, frozenset(), "")))
    assert "jitter" not in choose(methods, (), ("backbone",)).rows
    assert "jitter" in choose([replace(one, choice=None) for one in methods], (), ("backbone",)).rows
