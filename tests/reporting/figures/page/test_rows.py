from fewshot.reporting.figures.page.rows import LEAST, lay, limits


def row(mean: float, half: float) -> tuple[float, float, float]:
    return mean, mean - half, mean + half


def test_an_axis_holds_the_trained_rows_and_only_those_baselines_that_do_not_squeeze_them():
    trained = [row(90.0, 2.0), row(92.0, 2.0), row(94.0, 1.0)]
    left, right = limits(trained, [row(21.0, 5.0)])
    assert 87 < left < 88
    assert 95 < right < 96
    assert limits(trained, [row(88.5, 1.0)])[0] < 87.5
    assert limits([row(94.0, 1.0), row(93.0, 1.0), row(92.0, 1.0), row(5.0, 0.1)])[0] > 80  # a training that collapsed
    assert limits([row(99.9, 0.05)]) == limits([row(100.0, 0.0)]) == (100 - LEAST, 100)
    assert limits([row(0.0, 0.0)]) == (0, LEAST)
    assert limits([row(3.0, 4.0)], [])[0] == 0


def test_rows_stand_below_each_other_in_their_groups():
    rows = lay({"one": ["a", "b"], "two": ["c"]}, 2.0)
    assert [text for text, _ in rows.heads] == ["one", "two"]
    order = [rows.heads[0][1], *rows.places[:2], rows.heads[1][1], rows.places[2], rows.high]
    assert order == sorted(order)
    assert len(rows.edges) == 4
    assert lay({"": [f"row {number}" for number in range(40)]}, 2.0).high < 40 * 0.15
