from fewshot.reporting.comparisons.published import Comparison
from fewshot.reporting.notes.published import FEW, of_published


def test_of_many_published_figures_without_a_row_one_is_named():
    held = [Comparison({"method": f"m{number}", "like": {"loss": f"l{number}"}}) for number in range(FEW + 1)]
    assert len(of_published(held[:FEW])) == FEW
    assert of_published(held[:1]) == ["published m0: no row here has loss = l0"]
    (line,) = of_published(held)
    assert line == f"published m0: no row here has loss = l0; {FEW} more published figures have no such row either"
