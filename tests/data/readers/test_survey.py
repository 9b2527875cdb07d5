"""A look at a folder: counts of readable images, colour and size."""

import numpy as np
import pytest
from PIL import Image

from fewshot.core.errors import RequestError
from fewshot.data.readers.survey import survey


@pytest.fixture
def look(photos, tmp_path):
    return lambda files: survey(photos.write(tmp_path / "set", files), "folder:set")


def grey_as_colour(photos) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 256, (10, 8, 1), np.uint8)
    return photos.encoded(Image.fromarray(pixels.repeat(3, -1)))


def test_classes_are_counted_and_images_measured(look, photos):
    found = look({"a/1.png": photos.photo(1), "a/2.png": photos.photo(2), "b/1.png": photos.photo(3), "c": None})
    assert found.counts == {"": {"a": 2, "b": 1, "c": 0}}
    assert (found.channels, found.side, found.damaged) == (3, 10, {})
    assert (
        found.summary == "class folders: 3 classes of 0 to 2 images, 3 in all; colour, the shorter side 10 px (median)"
    )


def test_splits_of_the_folder_are_counted_apart(look, photos):
    found = look({f"{split}/{split}s/1.png": photos.photo() for split in ("train", "val", "test")})
    assert found.counts == {"train": {"trains": 1}, "val": {"vals": 1}, "test": {"tests": 1}}


def test_grey_images_are_grey_however_they_are_stored(look, photos):
    grey = photos.encoded(photos.picture(1, (9, 20), "L"))
    assert look({"a/1.png": grey, "b/1.png": grey_as_colour(photos)}).channels == 1


def test_the_bits_in_use_of_16_bit_grey_are_found(look, photos):
    deep = photos.encoded(Image.fromarray(np.full((9, 20), 4000, np.uint16)))
    assert look({"a/1.png": photos.photo()}).bits == 0
    assert look({"a/2.png": deep}).bits == 12


def test_bits_are_of_all_images_and_not_of_the_sample_alone(look, photos, monkeypatch):
    monkeypatch.setattr("fewshot.data.readers.survey.LOOKED", 2)
    values = (1000, 4000, 1000, 1000)  # of which the first and the third are in the sample
    deep = [photos.encoded(Image.fromarray(np.full((9, 20), value, np.uint16))) for value in values]
    assert look({f"a/{number}.png": one for number, one in enumerate(deep)}).bits == 12


def test_the_sample_is_spread_over_all_images(look, photos, monkeypatch):
    monkeypatch.setattr("fewshot.data.readers.survey.LOOKED", 2)
    spread = [photos.encoded(Image.fromarray(np.full((side, side), 9, np.uint8))) for side in (10, 12, 30, 32)]
    assert look({f"a/{number}.png": one for number, one in enumerate(spread)}).side == 20


def test_damaged_images_are_named_by_class(look, photos):
    found = look({"a/1.png": photos.photo(), "a/2.png": b"no image"})
    assert found.counts == {"": {"a": 2}}
    ((name, (reason,)),) = found.damaged.items()
    assert name == "a"
    assert reason.startswith("a/2.png: none of PNG")
    with pytest.raises(RequestError, match=r"damaged: 2 \(a/1\.png: an empty file, a/2\.png: none of"):
        look({"a/1.png": b""})
