from dataclasses import replace

from fewshot.core.spec.run_spec import Part
from fewshot.reporting.figures import curves
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.page import PLAIN


def test_curves_have_a_row_for_each_seed(suite, records):
    rows = curves.data(Given(suite, records))
    assert [row["records"] for row in rows] == [[record.id] for record in records[:-1]]
    assert {key: rows[0][key] for key in ("seed", "step", "loss", "val")} == {
        "seed": 0, "step": [10, 20], "loss": [0.5, 0.25], "val": [0.25, None],
    }  # fmt: skip


def test_a_legend_counts_folds_and_not_their_trainings(suite, records):
    def of_fold(number: int):
        protocol = Part("pairs", {"fold": number})
        curve = [(10, 0.5, 0.25), (20, 0.25, 0.5)]
        return [replace(one, spec=replace(one.spec, protocol=protocol), curve=curve) for one in records[:4]]

    rows = curves.data(Given(suite, [one for number in (1, 2, 3) for one in of_fold(number)]))
    (legend,) = curves.draw(rows, PLAIN).legends
    assert legend.get_title().get_text() == "means of 3 folds"


def test_few_losses_have_a_panel_each_and_many_share_one(suite, records):
    few = curves.data(Given(suite, [replace(one, curve=[(10, 5.0, 0.2), (20, 0.1, 0.3)]) for one in records[:4]]))
    scales = [axes.get_yscale() for axes in curves.draw(few, PLAIN).axes]
    assert scales == ["linear", "log", "log"]  # val, and the losses of two methods, which fall by a factor of 50
    curve = [(10, 5.0, 0.2), (20, 0.1, 0.3)]
    many = [replace(one, curve=curve, spec=replace(one.spec, training=replace(one.spec.training, batch=place)))
            for place, one in enumerate(records[:12], 1)]  # fmt: skip
    assert len(curves.draw(curves.data(Given(suite, many)), PLAIN).axes) == 2


def test_small_losses_are_powers_of_ten_beside_the_axis_title(suite, records):
    rows = curves.data(Given(suite, [replace(records[0], curve=[(10, 5.0, None), (20, 0.0005, None)])]))
    (axes,) = curves.draw(rows, PLAIN).axes
    assert axes.yaxis.get_major_formatter()(0.001, 0) == "10⁻³"
