"""The fonts of figures, for letters that the first font lacks."""

import io
import warnings
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

from fewshot.core.notices import Notice
from fewshot.reporting.figures.page import look
from fewshot.reporting.figures.page.look import looking
from fewshot.reporting.figures.page.text_size import width


@pytest.fixture
def with_han(tmp_path, monkeypatch) -> None:
    """A font of this machine that has the letter 漢, two ems wide, and no other."""
    from matplotlib.font_manager import fontManager

    monkeypatch.setattr(fontManager, "ttflist", [*fontManager.ttflist])
    monkeypatch.setattr(look, "OTHERS", ("Not There", "Made Up"))
    fontManager.addfont(font(tmp_path / "made_up.ttf"))
    fontManager._findfont_cached.cache_clear()


def font(file: Path) -> Path:
    pen = TTGlyphPen(None)
    for place, at in enumerate([(0, 0), (0, 700), (1800, 700), (1800, 0)]):
        (pen.lineTo if place else pen.moveTo)(at)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "han"])
    builder.setupCharacterMap({ord("漢"): "han"})
    builder.setupGlyf({".notdef": TTGlyphPen(None).glyph(), "han": pen.glyph()})
    builder.setupHorizontalMetrics({".notdef": (500, 0), "han": (2000, 0)})
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Made Up", "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(file)
    return file


def drawn(text: str) -> bytes:
    from matplotlib.figure import Figure

    figure, file = Figure(figsize=(1, 1)), io.BytesIO()
    figure.text(0.1, 0.5, text)
    figure.savefig(file, format="png")
    return file.getvalue()


def test_letters_that_no_font_has_are_named_once_for_all_that_is_drawn():
    with pytest.warns(Notice, match="^漢 字: no font that was found has these letters"), looking():
        _ = drawn("漢a字"), drawn("漢")


def test_another_font_has_letters_that_the_first_one_lacks(with_han):
    with warnings.catch_warnings(), looking():
        warnings.simplefilter("error")
        assert width("漢", 10) == pytest.approx(2 * 10 / 72)
        assert drawn("漢a") != drawn("a")


def test_other_letters_are_drawn_as_without_it(monkeypatch, with_han):
    with looking():
        both = drawn("Ωa")
    monkeypatch.setattr(look, "OTHERS", ())
    with looking():
        assert drawn("Ωa") == both


def test_other_warnings_stay_what_they_are():
    with pytest.warns(DeprecationWarning, match="old"), looking():
        warnings.warn("old", DeprecationWarning, stacklevel=1)
