from dataclasses import replace
from itertools import combinations

import numpy as np

from fewshot.core.spec.run_spec import Part
from fewshot.reporting.comparisons.difference_table import make_difference_table
from fewshot.reporting.figures.compare import compared, critical_difference, differences
from fewshot.reporting.figures.compare.critical_difference import joined
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.page import PLAIN, venue_page
from fewshot.suites.suite import read_suite

VALUES = np.repeat([3.7, 3.6, 2.6, 2.5, 1.0, 0.9, 0.2], 2)  # of seven methods, two trainings each


def rows_of(records):
    return compared.data(Given(read_suite("quickstart"), records))


def test_methods_are_compared_in_pairs(records, monkeypatch):
    rows = [row for row in rows_of(records) if row["task"] == "20-way 1-shot"]
    means = np.array([row["mean"] for row in rows])
    assert (np.diff(means) <= 0).all()
    assert np.allclose([row["differences"] for row in rows], means[:, None] - means, atol=2e-6)
    told = np.array([row["told_apart"] for row in rows])
    assert (told == told.T).all()
    assert not told.diagonal().any()
    monkeypatch.setattr(compared, "FEW", len(rows) + 1)
    assert rows_of(records) == []


def test_cells_are_the_rows_differences(records):
    rows = rows_of(records)
    own = [row["differences"] for row in rows if row["title"] == rows[0]["title"]]
    cells = differences.draw(rows, PLAIN).axes[0].collections[0].get_array()
    assert np.allclose(np.reshape(cells, (len(own), -1)), 100 * np.array(own))


def test_a_task_of_two_protocols_has_two_panels(records):
    other = [replace(one, spec=replace(one.spec, protocol=Part("lake_small1"))) for one in records[:6]]
    titles = {row["title"] for row in rows_of([*records[:6], *other])}
    assert titles == {f"{way}-way 1-shot, {name}" for way in (5, 20) for name in ("lake", "lake_small1")}


def test_the_words_are_of_the_units_of_all_pairs_and_of_trainings_of_one_fold_alone(records):
    once = [one for one in records[:6] if one.spec.seed == 0]
    old = [replace(one, answers={}) for one in once[:1]]
    mixed = [row for row in rows_of([*old, *once[1:]]) if row["task"] == "20-way 1-shot"]
    assert compared.basis(mixed) == "5 % by Holm over 3 pairs, with 40 episodes or 40 characters as random effects"
    folds = [
        replace(one, spec=replace(one.spec, protocol=Part("cedar_writers", {"fold": fold})))
        for one in once
        for fold in (1, 2)
    ]
    assert {row["units"] for row in rows_of(folds)} == {"2 folds"}
    assert "trainings" not in compared.basis(rows_of(folds))
    assert "and trainings" in compared.basis(rows_of(records[:6]))


def test_of_matrices_without_room_those_of_most_units_are_drawn(records):
    rows = rows_of(records)
    first, last = dict.fromkeys(row["title"] for row in rows)
    finer = [row | {"n": 20 if row["title"] == last else 10} for row in rows]
    figure = differences.draw(finer, replace(PLAIN, high=2.5))
    titles = {axes.get_title(loc="left") for axes in figure.axes} - {""}
    assert titles == {last}
    assert f"left out for room: {first}" in " ".join(text.get_text() for text in figure.texts).replace("\n", " ")


def test_bars_join_runs_of_methods_without_a_pair_told_apart():
    def of(*apart):
        return [[(a, b) in apart or (b, a) in apart for b in range(5)] for a in range(5)]

    assert joined(of()) == [(0, 4)]
    assert joined(of((0, 2), (0, 3), (0, 4), (1, 4), (3, 4))) == [(0, 1), (1, 3)]
    assert joined(of((1, 2))) == [(0, 1), (2, 4)]
    assert joined(of(*combinations(range(5), 2))) == []


def test_bars_join_what_the_table_of_differences_does_not_tell_apart(records):
    apart = [replace(one, accuracy={task: [one.spec.seed / 50 + value / 4] * 40 for task in one.accuracy}, answers={})
             for one, value in zip(records, VALUES, strict=False)]  # fmt: skip
    table = make_difference_table("of pairs", apart)
    block = [line for line in table.ours.lines if line[0] == "20-way 1-shot"]
    stars = [[cell.endswith("*") for cell in line[3 : 3 + len(block)]] for line in block]

    def alike(first: int, last: int) -> bool:
        return not any(stars[one][other] for one, other in combinations(range(first, last + 1), 2))

    runs = [(one, other) for one, other in combinations(range(len(block)), 2) if alike(one, other)]
    longest = [
        run for run in runs if not any(one <= run[0] and run[1] <= last and (one, last) != run for one, last in runs)
    ]
    rows = [row for row in rows_of(apart) if row["task"] == "20-way 1-shot"]
    assert joined([row["told_apart"] for row in rows]) == longest
    assert 1 < len(longest) < len(block)


def test_many_bars_leave_the_accuracies_room_in_a_column(records):
    """Thirty short bars beside each other took more than the whole column, and drawing failed."""
    row, number = rows_of(records)[0], 40
    rows = [
        row | {"label": str(own), "told_apart": [abs(own - other) > 3 for other in range(number)]}
        for own in range(number)
    ]
    page = venue_page("cvpr")
    figure = critical_difference.draw(rows, page)
    assert len(figure.artists) == 37
    assert figure.axes[0].get_position().width * page.wide > 0.25 * page.wide


def test_methods_of_other_folds_have_panels_of_their_own(records):
    once = [one for one in records[:6] if one.spec.seed == 0]

    def of(folds, size):
        return [
            replace(one, spec=replace(one.spec, size=size, protocol=Part("cedar_writers", {"fold": fold})))
            for one in once
            for fold in folds
        ]

    rows = rows_of([*of((1, 2), 28), *of((1, 2, 3), 30)])
    titles = dict.fromkeys(row["title"].partition(", ")[2] for row in rows)
    assert list(titles) == ["cedar_writers, folds 1, 2", "cedar_writers, folds 1, 2, 3"]
    assert {len(row["differences"]) for row in rows} == {3}
