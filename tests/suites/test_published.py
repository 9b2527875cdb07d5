"""Published figures: one for each task, of tasks that a suite poses."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.suites.published import figures
from fewshot.suites.suite import read_suite

ROW = {"method": "m", "source": "s", "trust": "read"}


def test_a_row_of_several_tasks_is_a_figure_for_each_with_its_half_width():
    rows = [ROW | {"task": "5-way 5-shot", "accuracy": 99.0, "half_width": 0.1}]
    rows += [ROW | {"accuracy": {"5-way 1-shot": 98.0, "20-way 1-shot": 95.0}, "half_width": {"20-way 1-shot": 0.3}}]
    assert figures(rows, ["vinyals"]) == (
        rows[0] | {"row": 0},
        ROW | {"task": "5-way 1-shot", "accuracy": 98.0, "row": 1},
        ROW | {"task": "20-way 1-shot", "accuracy": 95.0, "half_width": 0.3, "row": 1},
    )


def test_a_task_that_no_protocol_poses_is_refused_where_it_stands():
    for row, where in (
        (ROW | {"task": "verification", "accuracy": 1.0}, ("published", 0, "task")),
        (ROW | {"accuracy": {"20-way 1-shot": 1.0, "5-way 2-shot": 1.0}}, ("published", 0, "accuracy", "5-way 2-shot")),
    ):
        with pytest.raises(RequestError, match="unknown task of this suite") as refused:
            figures([row], ["lake", "vinyals"])
        assert refused.value.where == where
    assert figures([ROW | {"task": "verification", "accuracy": 1.0}], ["lake", "koch"])  # whose pairs have an accuracy


def test_a_figure_with_batch_statistics_is_of_a_task_that_is_posed():
    row = ROW | {"accuracy": {"20-way 1-shot, batch statistics": 95.8}}
    assert figures([row], ["lake"])[0]["task"] == "20-way 1-shot, batch statistics"
    for task in ("5-way 1-shot, batch statistics", "20-way 1-shot, whatever", "batch statistics"):
        with pytest.raises(RequestError, match="unknown task of this suite"):
            figures([ROW | {"task": task, "accuracy": 1.0}], ["lake"])


def test_an_equal_error_is_a_figure_of_the_pairs_and_of_skilled_forgeries_where_there_are_some():
    row = ROW | {"equal_error": 6.9, "roc_area": 98.1, "comparable": False}
    common = ROW | {"comparable": False, "row": 0}
    for protocol, ending in (("cedar_writers", ", skilled forgeries"), ("lake", "")):
        assert figures([row], [protocol]) == (
            common | {"task": f"equal error{ending}", "accuracy": 6.9},
            common | {"task": f"ROC area{ending}", "accuracy": 98.1},
        )


@pytest.mark.parametrize("key", ["task", "accuracy", "half_width", "trials"])
def test_an_equal_error_stands_alone(key, tmp_path):
    values = {"task": '"verification"', "accuracy": "50.0", "half_width": "1.0", "trials": "100"}
    file = tmp_path / "suite.toml"
    row = f'[[published]]\nmethod = "m"\nsource = "s"\ntrust = "t"\nequal_error = 6.9\n{key} = {values[key]}\n'
    file.write_text(SUITE + row)
    with pytest.raises(RequestError, match=f"{key}: expected none beside an equal error or a ROC area"):
        read_suite(str(file))


@pytest.mark.parametrize(
    "figure", ["equal_error = 650.0", "roc_area = -1.0", 'task = "5-way 1-shot"\naccuracy = 101.0']
)
def test_a_figure_beyond_100_is_refused(figure, tmp_path):
    file = tmp_path / "suite.toml"
    file.write_text(f'{SUITE}[[published]]\nmethod = "m"\nsource = "s"\ntrust = "t"\n{figure}\n')
    with pytest.raises(RequestError, match="expected a figure in %, got"):
        read_suite(str(file))


SUITE = """
title = "t"
dataset = "typefaces"
protocol = "scripts"
size = 12
[[cells]]
learner = "pixels"
similarity = "cosine"
"""
