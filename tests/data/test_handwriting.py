"""Photographs of handwriting, made up: the drawing is found whatever the light, the size and the pen."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from fewshot.data.handwriting import Ink, NoInk, as_drawing, stroke_width

LIKE = Ink(105, 68, 5)


def photograph(*, pen: int = 12, wide: int = 500, high: int = 400, noise: float = 0.02, light: float = 0.5):
    """A "7" in dark ink on paper that is lit from one side, with noise."""
    image = Image.new("L", (wide, high), 235)
    ImageDraw.Draw(image).line([(150, 100), (330, 100), (220, 310)], fill=50, width=pen, joint="curve")
    shade = np.linspace(1 - light, 1, wide)
    grain = np.random.default_rng(0).normal(0, 255 * noise, (high, wide))
    return Image.fromarray((np.asarray(image) * shade + grain).clip(0, 255).astype(np.uint8))


def lengths(drawing: Image.Image) -> tuple[float, float]:
    """The longer side of the box around the ink, and the width of strokes, for a side of 105 pixels."""
    ink = np.asarray(drawing) == 0
    box = max(np.ptp(np.flatnonzero(ink.any(axis))) + 1 for axis in (0, 1))
    return 105 * box / len(ink), 105 * stroke_width(ink) / len(ink)


@pytest.mark.parametrize("pen", [5, 17, 34])
@pytest.mark.parametrize("light", [0.0, 0.6])
def test_the_drawing_is_as_large_and_its_strokes_as_wide_as_in_the_data(pen, light):
    drawing, change = as_drawing(photograph(pen=pen, light=light), LIKE)
    box, stroke = lengths(drawing)
    assert box == pytest.approx(LIKE.box, rel=0.1)
    assert stroke == pytest.approx(LIKE.stroke, rel=0.25)
    assert set(np.unique(drawing)) == {0, 255}
    assert change.startswith("500 × 400 pixels, dark on light: parted from the paper, cut to the ink")
    assert ("widened" in change, "narrowed" in change) == (pen == 5, pen == 34)


@pytest.mark.parametrize("pen", [1, 2, 3])
def test_the_finest_strokes_of_a_large_image_are_not_lost(pen):
    image = Image.new("L", (1000, 1000), 255)
    ImageDraw.Draw(image).ellipse((60, 60, 940, 940), outline=0, width=pen)
    box, stroke = lengths(as_drawing(image, LIKE)[0])
    assert box == pytest.approx(LIKE.box, rel=0.1)
    assert stroke == pytest.approx(LIKE.stroke, rel=0.25)


def test_a_light_drawing_on_a_dark_ground_is_turned_round():
    plain = np.asarray(as_drawing(photograph(), LIKE)[0]) == 0
    turned, change = as_drawing(Image.fromarray(255 - np.asarray(photograph())), LIKE)
    assert "light on dark, turned round" in change
    assert (plain ^ (np.asarray(turned) == 0)).mean() < 0.01


def test_a_drawing_of_the_data_stays_as_it_is():
    drawing = Image.new("L", (105, 105), 255)
    ImageDraw.Draw(drawing).line([(3, 5), (30, 40)], fill=0, width=5)
    assert as_drawing(drawing, LIKE) == (drawing, "")
    turned, change = as_drawing(Image.fromarray(255 - np.asarray(drawing)), LIKE)
    assert (np.asarray(turned) == np.asarray(drawing)).all()
    assert change == "light on dark, turned round"


def test_specks_of_dirt_are_no_ink():
    image = photograph()
    clean, _ = as_drawing(image, LIKE)
    ImageDraw.Draw(image).ellipse([30, 330, 34, 334], fill=20)
    assert np.array_equal(np.asarray(as_drawing(image, LIKE)[0]), np.asarray(clean))


ACROSS, DOWN = np.meshgrid(np.linspace(0, 1, 500), np.linspace(0, 1, 400))
SHADOWS = {
    "side": 0.2 + 0.8 * ACROSS,
    "corners": 1 - 0.7 * ((ACROSS - 0.5) ** 2 + (DOWN - 0.5) ** 2) / 0.5,
    "edge": 0.4 + 0.6 / (1 + np.exp((0.45 - ACROSS) / 0.01)),
    "hand": 1 - 0.6 / (1 + np.exp((np.hypot(ACROSS - 0.8, DOWN - 0.9) - 0.4) / 0.02)),
    "fold": 1 - 0.5 * np.exp(-(((ACROSS - 0.5) / 0.02) ** 2)),
    "crease": 1 - 0.5 * np.exp(-(((ACROSS - 0.5) / 0.003) ** 2)),
}


@pytest.mark.parametrize("light", SHADOWS.values(), ids=SHADOWS)
@pytest.mark.parametrize("noise", [0, 4])
def test_a_shadow_on_blank_paper_is_no_ink(light, noise):
    grey = 235 * light + np.random.default_rng(0).normal(0, noise, light.shape)
    with pytest.raises(NoInk, match="there is no ink"):
        as_drawing(Image.fromarray(grey.clip(0, 255).astype(np.uint8)), LIKE)


def test_a_drawing_that_reaches_its_borders_is_taken():
    """Pure paper has no shadows, and few pixels no sharp edges."""
    image = Image.new("L", (300, 300), 255)
    ImageDraw.Draw(image).line([(20, 0), (150, 150), (280, 299)], fill=0, width=14)
    for side in (300, 28):
        drawing, _ = as_drawing(image.resize((side, side)), LIKE)
        assert (np.asarray(drawing) == 0).mean() > 0.02


@pytest.mark.parametrize(
    "grey",
    [
        np.full((60, 80), 255),
        np.random.default_rng(0).normal(200, 5, (300, 300)),
        np.random.default_rng(0).uniform(0, 255, (300, 300)),
        np.linspace(140, 230, 90000).reshape(300, 300),
        np.full((1, 1), 7),
    ],
    ids=["white", "paper", "noise", "shadow", "one pixel"],
)
def test_an_image_without_ink_is_refused(grey):
    with pytest.raises(NoInk, match="there is no ink"):
        as_drawing(Image.fromarray(grey.clip(0, 255).astype(np.uint8)), LIKE)
