from fewshot.reporting.latex.escape import needs_unicode


def test_letters_that_pdflatex_has_no_definition_of_are_known():
    """Maltese ones passed for those that it has, and a table with them did not compile."""
    assert all(map(needs_unicode, ("Ħal", "għajn", "漢", "Ωmega")))
    assert not any(map(needs_unicode, ("Łódź, Öl – “é” × 3", "plain", "α ≤ β")))
