"""A table as Python and a notebook show it."""

from fewshot.reporting.blocks import Block, Table

TIDY = Block(("method", "accuracy", "note"), (("NA", "0.9460", ""), ("<b>", "", "late")))
TABLE = Table("A title", Block(("method", "accuracy"), (("NA", "94.6 ± 1.8*"), ("<b>", "missing"))), TIDY, ("* best",))


def test_it_prints_as_text():
    lines = str(TABLE).splitlines()
    assert lines[0] == "A title"
    assert lines[-1] == "* best"
    assert "NA      94.6 ± 1.8*" in lines


def test_a_notebook_shows_it_as_html_without_a_page():
    html = TABLE._repr_html_()
    assert html.startswith("<table>\n<caption>A title</caption>")
    assert '<th scope="row">&lt;b&gt;</th>' in html
    assert html.endswith("<ul>\n<li>* best</li>\n</ul>")


def test_its_frame_has_numbers_and_keeps_names():
    frame = TABLE.to_frame()
    assert list(frame["method"]) == ["NA", "<b>"]
    assert frame["accuracy"].sum() == 0.946
    assert frame["note"].isna().tolist() == [True, False]
