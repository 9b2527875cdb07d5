import pytest

from fewshot.reporting.screen.chart import even


@pytest.mark.parametrize(
    ("values", "ends"), [([100.0, 100.0], (80, 100)), ([0.0], (0, 1)), ([99.7, 100.0], (99.7, 100))]
)
def test_an_axis_of_equal_values_does_not_go_beyond_100_per_cent(values, ends):
    axis = even("accuracy, %", values)
    assert (axis.low, axis.high) == pytest.approx(ends)
