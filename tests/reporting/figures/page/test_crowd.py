from fewshot.reporting.figures.page.crowd import crowd, means_of, others


def test_of_many_curves_the_best_five_and_the_baselines_have_names_and_the_rest_are_grey():
    trained = [{"network": "conv4", "label": f"loss {number}", "bad": number} for number in range(12)]
    free = [{"network": "", "label": f"floor {number}", "bad": 20 - number} for number in range(4)]
    curves = crowd([*reversed(trained), *free], lambda row: row["bad"])
    assert [one.name for one in curves] == [
        *(f"loss {number}" for number in range(5)), "floor 3", "floor 2", "floor 1", *[""] * 8,
    ]  # fmt: skip
    assert others(curves) == "8 others"
    named = [(one.look["color"], one.look["marker"], str(one.look["linestyle"])) for one in curves if one.name]
    assert len({*named}) == 8
    assert len({one.look["color"] for one in curves[:5]}) == 5
    assert len({str(one.look) for one in curves[8:]}) == 1


def test_seven_have_a_colour_each():
    curves = crowd([{"network": "a", "label": str(number)} for number in range(7)], lambda row: 0)
    assert len({one.look["color"] for one in curves}) == 7
    assert others(curves) == ""


def test_a_legend_says_how_many_trainings_its_means_are_of():
    rows = [{"network": "conv4", "seeds": seeds} for seeds in (3, 5, 5)]
    assert means_of([*rows, {"network": "", "seeds": 1}]) == ", mean of 3 or 5 seeds"
    assert means_of([one | {"folds": 2} for one in rows[1:]]) == ", mean of 2 folds"
    assert means_of([{"network": "conv4", "seeds": 1}]) == means_of([{"network": "", "seeds": 1}]) == ""
