"""Labeled Faces in the Wild, read from made-up archives in every form."""

import io
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from fewshot.core.errors import RequestError
from fewshot.data.datasets.lfw import lfw
from fewshot.data.readers.image_file import ORIENTATION

PEOPLE = {"Ann_Ash": 3, "Bo_Beck": 1, "Cy_Céline": 2}


def face(seed: int, side: int = 250) -> bytes:
    """A dark photograph with a bright square of 100 px in its middle."""
    pixels = np.full((side, side, 3), 20 + seed, np.uint8)
    pixels[side // 2 - 50 : side // 2 + 50, side // 2 - 50 : side // 2 + 50] = 200
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=95)
    return file.getvalue()


FILES = {
    f"{top}{name}/{name}_{number:04d}.jpg": face(number)
    for top in ("lfw_funneled/",)
    for name, count in PEOPLE.items()
    for number in range(count, 0, -1)
}


def write(folder, name: str, files=FILES):
    """The archive or folder of this name."""
    place = folder / name
    place.parent.mkdir(parents=True, exist_ok=True)
    if name.endswith(".tgz"):
        with tarfile.open(place, "w:gz") as archive:
            for file, content in files.items():
                (info := tarfile.TarInfo(file)).size = len(content)
                archive.addfile(info, io.BytesIO(content))
    elif name.endswith(".zip"):
        with zipfile.ZipFile(place, "w") as archive:
            for file, content in files.items():
                archive.writestr(file, content)
    else:
        for file, content in files.items():
            (below := place / file.partition("/")[2]).parent.mkdir(parents=True, exist_ok=True)
            below.write_bytes(content)
    return place


@pytest.fixture(autouse=True)
def _alone(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("name", ["lfw/lfw-funneled.tgz", "lfw-funneled.tgz", "lfw/lfw_funneled", "lfw_funneled"])
def test_the_centre_of_official_images_is_kept(tmp_path, name):
    write(tmp_path, name)
    bank = lfw(("Cy_Céline", "Ann_Ash"), 30, [tmp_path])
    assert bank.names == (
        "Cy_Céline/Cy_Céline_0001.jpg", "Cy_Céline/Cy_Céline_0002.jpg",
        "Ann_Ash/Ann_Ash_0001.jpg", "Ann_Ash/Ann_Ash_0002.jpg", "Ann_Ash/Ann_Ash_0003.jpg",
    )  # fmt: skip
    assert bank.count.tolist() == [2, 3]
    bright = bank.pixels[0, 0].numpy() > 128
    assert bright.sum() == pytest.approx((30 * 100 / 150) ** 2, rel=0.1)
    assert lfw(("Bo_Beck",), 30, [tmp_path], crop=100).pixels.min() > 128
    assert set(lfw.splits([tmp_path])["train"]) == {*PEOPLE}


def test_images_of_another_size_are_not_the_official_ones(tmp_path):
    write(tmp_path, "lfw_funneled", {name: face(1, 84) for name in FILES})
    with pytest.raises(
        RequestError, match=r"^[^:]*: expected LFW's images of 250 px, got Ann_Ash_000\d\.jpg of 84 × 84 px"
    ):
        lfw(("Ann_Ash",), 30, [tmp_path])


def test_detected_faces_are_taken_whole_and_never_without_their_option(tmp_path):
    write(tmp_path, "lfw/lfw_faces84.zip", {name.replace("lfw_funneled", "lfw"): face(1, 120) for name in FILES})
    bank = lfw(("Ann_Ash",), 24, [tmp_path], images="detected")
    assert (bank.pixels[0] > 128).sum() == pytest.approx((24 * 100 / 120) ** 2, rel=0.1)
    expected = r'images = "funneled": expected lfw-funneled.tgz.*found none; there are files for images = "detected"'
    with pytest.raises(RequestError, match=expected):
        lfw(("Ann_Ash",), 24, [tmp_path])
    assert "detected" in lfw.locate([tmp_path])
    with pytest.raises(RequestError, match="expected 12,794 images of 5,616 people, got 6 images of 3 people"):
        lfw.verify([tmp_path])


def test_one_image_is_prepared_as_the_bank_holds_it(tmp_path):
    write(tmp_path, "lfw-funneled.tgz")
    bank = lfw(("Cy_Céline", "Ann_Ash"), 40, [tmp_path])
    for name, pixels in zip(bank.names, bank.pixels, strict=True):
        image = Image.open(io.BytesIO(FILES[f"lfw_funneled/{name}"]))
        np.testing.assert_array_equal(lfw.prepare(image, 40), pixels)


def test_other_sizes_and_files_are_other_banks(tmp_path):
    write(tmp_path, "lfw_funneled")
    first = lfw(("Ann_Ash",), 30, [tmp_path])
    assert lfw(("Ann_Ash",), 20, [tmp_path]).shape == (1, 20, 20)
    write(tmp_path, "lfw_funneled", {name: face(90) for name in FILES})
    assert lfw(("Ann_Ash",), 30, [tmp_path]).digest != first.digest


def test_of_ten_people_the_last_but_one_is_of_val_and_the_last_of_test(tmp_path):
    names = [f"P_{number:02d}" for number in range(21)]
    write(tmp_path, "lfw_funneled", {f"lfw_funneled/{name}/{name}_0001.jpg": b"" for name in names})
    found = lfw.splits([tmp_path])
    assert (found["val"], found["test"]) == (("P_08", "P_18"), ("P_09", "P_19"))
    assert found["train"] == tuple(name for name in names if name[-1] not in "89")


def test_a_photograph_is_prepared_upright():
    half = Image.fromarray(np.full((60, 80), 255, np.uint8))
    half.paste(0, (0, 0, 40, 60))  # dark on the left, so at the top once it is turned
    turned, file = Image.Exif(), io.BytesIO()
    turned[ORIENTATION] = 6
    half.save(file, "PNG", exif=turned)
    assert (lfw.prepare(Image.open(file), 8)[0, :, 4] > 128).tolist() == [False] * 4 + [True] * 4


def test_damaged_archives_and_images_are_refused(tmp_path):
    place = write(tmp_path, "lfw-funneled.tgz")
    whole = place.read_bytes()
    other_checksum = whole[:-8] + bytes(4) + whole[-4:]
    for content in (whole[: len(whole) // 2], other_checksum, b"no archive", b""):
        place.write_bytes(content)
        with pytest.raises(RequestError, match=r"lfw-funneled\.tgz: expected"):
            lfw(("Ann_Ash",), 24, [tmp_path])
    write(tmp_path, "lfw-funneled.tgz", FILES | {"lfw_funneled/Bo_Beck/Bo_Beck_0001.jpg": b"\xff\xd8 no face"})
    with pytest.raises(RequestError, match=r"expected a JPEG image Bo_Beck_0001\.jpg, got"):
        lfw(("Ann_Ash",), 24, [tmp_path])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"images": "deep"}, "unknown images 'deep'"),
        ({"crop": 251}, "crop: expected a number from 16 to 250, got 251"),
        ({"crop": 99.5}, "crop: expected int"),
    ],
)
def test_wrong_options_are_refused_before_any_file(options, message):
    with pytest.raises(RequestError, match=message):
        lfw.check(24, **options)


def test_an_unknown_person_is_refused_with_near_names(tmp_path):
    write(tmp_path, "lfw_funneled")
    with pytest.raises(RequestError, match="unknown person of lfw 'Ann_Ach': did you mean Ann_Ash"):
        lfw(("Ann_Ach",), 24, [tmp_path])
