"""A page of mistakes as text, HTML and PNG; names of any kind, and a page without mistakes."""

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from html_page import HtmlPage
from PIL import Image

from fewshot.core.errors import RequestError
from fewshot.core.notices import Notice
from fewshot.reporting.figures.page.text_size import width
from fewshot.reporting.mistakes.figure import CARD, clipped, to_png
from fewshot.reporting.mistakes.html import data_uri, to_html
from fewshot.reporting.mistakes.page import Page, Picture, Row, Section, shown
from fewshot.reporting.mistakes.text import to_text

NAME = "T/<b>&\"'/日本\n\udcff$x^2$.png"
GREY = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)


@pytest.fixture
def page() -> Page:
    query = Picture("query", NAME, "T/<b>", GREY)
    answer = Picture("answer", "T/b/2.png", "T/b", np.concatenate([GREY, GREY, 255 - GREY]), 0.25, wrong=True)
    row = Row("T/<b> taken for T/b", "run 1", (query, answer, replace(answer, role="truth", wrong=False)))
    examples = Section("Confusions", "the commonest first", (replace(row, pictures=row.pictures[:2]),), examples=True)
    return Page("<i>", "record 0123", (Section("Trials", "of 20", (row,) * 5), examples, Section("Pairs", "none", ())))


def test_the_text_lists_the_files_but_not_those_of_examples(page):
    lines = to_text(replace(page, sections=page.sections[1:])).splitlines()
    assert lines == ["<i>", "record 0123", "", "Confusions", "(the commonest first)", "   1. T/<b> taken for T/b", "",
                     "Pairs"]  # fmt: skip
    assert "      truth  T/b/2.png" in to_text(page).splitlines()
    assert to_text(page).count("T/b/2.png") == 10


def test_the_html_holds_its_images_and_escapes_every_name(page):
    text = to_html(page)
    found = HtmlPage(text)
    images = found.of("img")
    assert found.open == []
    assert len(images) == 17 == text.count("<figcaption>")
    assert all(one["src"].startswith("data:image/png;base64,") for one in images)
    assert images[0]["alt"] == f"query {NAME.encode('utf-8', 'backslashreplace').decode()}"
    assert "T/<b>" in found.words
    assert "http" not in text.replace("http-equiv", "")
    assert text.encode()


def test_a_data_uri_is_the_image():
    colour = np.stack([GREY[0], GREY[0].T, 255 - GREY[0]])
    for pixels, mode in ((GREY, "L"), (colour, "RGB")):
        content = base64.b64decode(data_uri(pixels).partition(",")[2])
        image = Image.open(io.BytesIO(content))
        assert image.mode == mode
        assert np.array_equal(np.atleast_3d(image), pixels.transpose(1, 2, 0))


def pixels(png: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def test_the_png_grows_with_its_lines_and_draws_every_image(page):
    with pytest.warns(Notice, match="^日 本: no font"):
        drawn = [pixels(to_png(replace(page, sections=some))) for some in (page.sections, page.sections[:1], ())]
    high = [len(one) for one in drawn]
    assert high[0] > high[1] > high[2]
    orange = [(abs(one - (213, 94, 0)).sum(-1) < 30).sum() for one in drawn]  # the frame of a wrong answer
    assert orange[0] > orange[1] > 0 == orange[2]


def test_too_many_rows_for_a_picture_are_refused(page):
    many = replace(page.sections[0], rows=page.sections[0].rows * 100)
    with pytest.raises(
        RequestError, match="--number: expected few enough mistakes for a picture of at most 100 inches"
    ):
        to_png(replace(page, sections=(many,)))


def test_a_long_name_keeps_its_end():
    found = clipped("images_evaluation/Atemayar_Qelisayer/character01/0985_01.png", CARD / 2, 6)
    assert found.startswith("…")
    assert found.endswith("0985_01.png")
    assert CARD / 2 - 0.1 < width(found, 6) <= CARD / 2
    assert clipped("a.png", CARD, 6) == "a.png"
    assert clipped("a\n\udcff", CARD, 6) == "a\ufffd\ufffd"


def test_a_note_tells_that_not_all_is_shown():
    assert (shown(8, 8, "worst first"), shown(8, 9, "worst first")) == ("worst first", "the first 8, worst first")
