"""Names that are none in Python."""

from suite_texts import FIGURE, SMALL

from fewshot.reporting.columns import fits, shown


def test_a_loss_goes_by_the_name_that_is_none_in_python(suite):
    text = SMALL.replace('"triplet"', '"baseline++"') + '[options."baseline++"]\nscale = 5.0\n'
    for name in ("baseline++", "baseline_pp"):
        found = suite(text).only([f"loss={name}"])
        assert found.specs[0].loss.name == "baseline_pp"
        assert found.specs[0].loss.options["scale"] == 5.0
        figure = FIGURE.replace('task = "t"', 'task = "5-way 1-shot"') + f'like = {{ loss = "{name}" }}\n'
        (row,) = suite(text + figure).published
        assert fits(found.specs[0], row["like"])
    assert shown(found.specs[0], "loss") == "baseline++"
    assert shown(found.specs[0], "method") == "baseline++(scale=5.0)"
