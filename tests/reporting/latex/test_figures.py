"""The snippet of a suite's figures: a float each, at its own width, whatever the suite is called."""

import re
from dataclasses import replace

from matplotlib.figure import Figure

from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.page.page import PLAIN, Page
from fewshot.reporting.latex.figures import write_snippet
from fewshot.suites.suite import read_suite


def test_it_includes_the_figures_that_are_there(tmp_path):
    given = Given(replace(read_suite("quickstart"), name="my_own", title="50 % & more_\nlines"), [])
    assert write_snippet(given, tmp_path, PLAIN, FIGURES) is None
    (tmp_path / "my_own").mkdir()
    for name in ("roc.pdf", "accuracy.pdf", "roc.png", "other.pdf"):
        (tmp_path / "my_own" / name).touch()
    text = write_snippet(given, tmp_path, PLAIN, FIGURES).read_text(encoding="utf-8")
    assert text.count("includegraphics") == text.count(r"\begin{figure*}[tp]") == 2
    assert r"\includegraphics{\fewshotfigures/accuracy.pdf}" in text
    assert r"\caption{50 \% \& more\_ lines. " in text
    assert r"\label{fig:my-own-roc}" in text
    assert r"\begin{figure}[tp]" in write_snippet(given, tmp_path, Page(3.25), FIGURES).read_text(encoding="utf-8")


def test_figures_drawn_one_after_the_other_at_several_widths_keep_their_own(tmp_path):
    """All stood in floats of the width that was drawn last: wide ones ran over their column."""
    given = Given(read_suite("quickstart"), [])
    (tmp_path / "quickstart").mkdir()
    for name, wide in (("accuracy", 6.75), ("roc", 3.25)):
        Figure(figsize=(wide, 1.0)).savefig(tmp_path / "quickstart" / f"{name}.pdf")
    text = write_snippet(given, tmp_path, Page(3.25), FIGURES).read_text(encoding="utf-8")
    kinds = re.findall(r"begin{(figure\*?)}.*?figures/(\w+)[.]pdf", text, re.DOTALL)
    assert kinds == [("figure*", "accuracy"), ("figure", "roc")]
