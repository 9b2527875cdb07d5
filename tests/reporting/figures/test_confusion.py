from dataclasses import replace

import numpy as np
import pytest

from fewshot.reporting.figures import confusion
from fewshot.reporting.figures.page.page import PLAIN


def test_errors_are_counted_by_group_and_confusions_of_tasks_across_groups_too(given):
    rows = confusion.data(given)
    *errors, answers = rows
    assert [row["panel"] for row in errors] == ["errors"] * 7
    counts = given.records[0].counts("5-way 1-shot")
    other = given.records[1].counts("5-way 1-shot")
    row = next(row for row in errors if given.records[0].id in row["records"])
    right = (sum(counts.right[10:20]) + sum(other.right[10:20])) / 2
    assert row["groups"] == [f"group{number}" for number in range(4)]
    assert row["errors"][1] == pytest.approx(1 - right / 600, abs=1e-6)
    assert answers["answered"][0] == pytest.approx([3 / 7, 4 / 7, 0, 0], abs=1e-6)  # 0 for 11, 1 for 0


def test_methods_stand_by_their_accuracy_and_groups_by_their_errors(given):
    *errors, answers = rows = confusion.data(given)

    def accuracy(row) -> float:
        return np.mean([one.accuracy["5-way 1-shot"] for one in given.records if one.id in row["records"]])

    assert [accuracy(row) for row in errors] == sorted(map(accuracy, errors), reverse=True)
    first = next(row for row in errors if row["network"])
    best = [one.counts("5-way 1-shot") for one in given.records if one.id in first["records"]]
    assert answers["records"] == first["records"]
    wrong = sum(np.subtract(one.asked, one.right).sum() for one in best)
    assert answers["known"] == pytest.approx(14 / wrong, abs=1e-6)
    figure = confusion.draw(rows, PLAIN)
    said = [one.get_text() for one in figure.texts if one.get_text().startswith("group")][:4]
    order = [first["groups"].index(one.split()[0]) for one in said]
    cells, matrix = (np.reshape(axes.collections[0].get_array(), (4, -1)) for axes in figure.axes)
    assert np.allclose(cells[:, 0], 100 * np.array(first["errors"])[order])
    assert np.allclose(matrix, 100 * np.array(answers["answered"])[np.ix_(order, order)])
    assert len(confusion.draw(errors, PLAIN).axes) == 1


def test_classes_without_groups_have_lines_of_their_own_if_they_are_few(given):
    names = tuple(f"digit{number}" for number in range(40))
    many = [replace(one, classes=names, answers=dict(one.answers)) for one in given.records]
    assert confusion.data(replace(given, records=many)) == []
    some = [
        replace(one, answers={task: replace(own, asked=[60] * 10 + [0] * 30) for task, own in one.answers.items()})
        for one in many
    ]
    assert confusion.data(replace(given, records=some))[0]["groups"] == list(names[:10])


def test_a_suite_of_two_data_sets_shows_the_groups_of_most_methods_and_says_how_many_are_left_out(given):
    """The other data set's rows stood below these groups' names, or ended in an IndexError."""
    scripts = tuple(f"script{number // 20}/letter{number}" for number in range(40))
    others = [replace(one, classes=scripts) for one in given.records[:2]]  # of one method
    rows = confusion.data(replace(given, records=[*others, *given.records[2:]]))
    assert all(row["groups"] == [f"group{number}" for number in range(4)] for row in rows)
    assert not any(others[0].id in row["records"] for row in rows)
    words = confusion.draw(rows, PLAIN).texts[-1].get_text().replace("\n", " ")
    assert "(1 more method, on other images, left out)" in words
