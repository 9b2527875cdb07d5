"""One image prepared alone has the pixels that it has in the bank of its data set."""

import io

import numpy as np
import pytest
from PIL import Image

from fewshot.data.datasets.folder import folder
from fewshot.data.datasets.miniimagenet import miniimagenet
from fewshot.data.datasets.omniglot import omniglot
from fewshot.data.datasets.typefaces import typefaces
from fewshot.data.handwriting import Ink, stroke_width
from fewshot.registry.lookup import entries, load


@pytest.mark.parametrize("size", [105, 28])
def test_omniglot(world, size):
    bank = world.load(size=size)
    for number in (0, 25, len(bank) - 1):
        half, _, file = bank.names[number].partition("/")
        image = Image.open(io.BytesIO(world.files[half][file]))
        for one in (image, image.convert("L"), image.convert("RGB")):
            np.testing.assert_array_equal(omniglot.prepare(one, size), bank.pixels[number])


@pytest.mark.parametrize(
    "options", [{}, {"fit": "pad", "channels": 1}, {"fit": "stretch", "resize": 9}], ids=["crop", "pad", "stretch"]
)
@pytest.mark.parametrize("dataset", [folder, miniimagenet], ids=["folder", "miniimagenet"])
def test_photographs(tmp_path, monkeypatch, photos, dataset, options):
    """miniImageNet's own reader wants all of its images, and reads them as a folder's."""
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    turned = photos.picture(3).getexif()
    turned[0x0112] = 6
    files = {
        "a/1.png": photos.photo(1),
        "a/2.jpg": photos.encoded(photos.picture(2), "JPEG", exif=turned),
        "b/1.png": photos.encoded(Image.fromarray(np.arange(120, dtype=np.uint16).reshape(10, 12) * 500)),
        "c/1.png": photos.encoded(photos.picture(4, mode="RGBA")),
    }
    photos.write(tmp_path / "photos", files)
    bank = folder(("a", "b", "c"), 6, [tmp_path], path="photos", split="0.4/0.3/0.3", **options)
    given = options | ({"bits": 16} if dataset is folder else {})
    for number, name in enumerate(bank.names):
        image = Image.open(io.BytesIO(files[name]))
        np.testing.assert_array_equal(dataset.prepare(image, 6, **given), bank.pixels[number])


def test_typefaces():
    (one,) = typefaces(("Latin/A",), 28, []).pixels[:1]
    image = Image.fromarray(255 - one[0].numpy())  # a letter in black on white
    np.testing.assert_array_equal(typefaces.prepare(image, 28), one)


def test_the_marked_lengths_are_those_of_the_drawings(omniglot_data):
    ink = Ink(*omniglot.marks.ink)
    bank = load("datasets", "omniglot")(("Greek/character01", "Latin/character02"), None, omniglot_data)
    drawn = bank.pixels[:, 0].numpy() > 127
    boxes = [max(np.ptp(np.flatnonzero(one.any(axis))) + 1 for axis in (0, 1)) for one in drawn]
    assert np.median(boxes) == pytest.approx(ink.box, rel=0.15)
    assert np.median([stroke_width(one) for one in drawn]) == pytest.approx(ink.stroke, rel=0.1)
    assert bank.shape[1] == ink.side


def test_each_data_set_of_the_package_prepares_images():
    assert all(entry.marks.prepare for entry in entries("datasets").values())
