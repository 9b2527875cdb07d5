"""One image to pixels: every kind of file, upright, in 8 bits, and square."""

import numpy as np
import pytest
from PIL import Image

from fewshot.core.checks import Oblong
from fewshot.data.readers.image_file import (
    FITS,
    UNREADABLE,
    fitted,
    is_image,
    kind_of,
    known,
    largest_value,
    loaded,
    look,
)

FORMS = {
    "PNG": {}, "JPEG": {"quality": 95}, "WEBP": {"lossless": True}, "PPM": {}, "BMP": {}, "GIF": {}, "TIFF": {},
    **{form: given for form, given in (("JPEG2000", {}), ("AVIF", {"quality": 100})) if form in known()},
}  # fmt: skip


def read(content: bytes, bits: int = 16) -> Image.Image:
    return loaded(look(content), bits)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("channels", [1, 3])
def test_every_form_of_file_has_the_pixels_that_went_in(photos, form, channels):
    image = Image.fromarray(np.arange(0, 240, 20, dtype=np.uint8).repeat(12).reshape(12, 12))  # grey, by rows
    found = fitted(read(photos.encoded(image.convert("RGB"), form, **FORMS[form])), channels, 12, "crop")
    assert found.shape == (channels, 12, 12)
    assert found.dtype == np.uint8
    assert np.abs(found.astype(int) - np.asarray(image)).max() <= 8 * (form in ("JPEG", "AVIF"))


@pytest.mark.parametrize(
    ("name", "known"),
    [("a/x.JPEG", True), ("x.pgm", True), ("x.WebP", True), ("x.tiff", True), ("x.txt", False), ("x", False),
     ("png", False), ("x.png.zip", False)],
)  # fmt: skip
def test_images_are_known_by_their_suffix(name, known):
    assert is_image(name) == known


@pytest.mark.parametrize("form", ["PNG", "PPM", "TIFF"])
def test_sixteen_bits_of_grey_are_scaled_to_eight(photos, form):
    values = np.array([[0, 255, 256], [1000, 32768, 65535], [300, 40000, 65000]], np.uint16)
    found = fitted(read(photos.encoded(Image.fromarray(values), form)), 1, 3, "crop")
    assert found[0].tolist() == (values >> 8).tolist()


def test_transparency_is_laid_on_white(photos):
    clear = Image.new("RGBA", (4, 4), (255, 0, 0, 0))
    clear.paste((0, 0, 255, 255), (0, 0, 4, 2))
    palette = clear.convert("RGB").convert("P", palette=Image.Palette.ADAPTIVE, colors=4)
    seen = palette.getpixel((0, 3))
    for content in (photos.encoded(clear), photos.encoded(palette, transparency=seen)):
        found = fitted(read(content), 3, 4, "crop")
        assert (found[:, 3] == 255).all()
        assert found[:, 0, 0].tolist() == [0, 0, 255]
    grey = fitted(read(photos.encoded(Image.new("LA", (4, 4), (0, 0)))), 1, 4, "crop")
    assert (grey == 255).all()
    values = np.array([[0, 300], [300, 40000]], np.uint16)
    deep = fitted(read(photos.encoded(Image.fromarray(values), transparency=300)), 1, 2, "crop")
    assert deep[0].tolist() == [[0, 255], [255, 40000 >> 8]]


def test_palettes_bits_and_printers_colours_are_converted(photos):
    red = Image.new("RGB", (4, 4), (250, 10, 20))
    for content in (photos.encoded(red.convert("P")), photos.encoded(red.convert("CMYK"), "TIFF")):
        found = fitted(read(content), 3, 4, "crop")[:, 0, 0].astype(int)
        assert np.abs(found - [250, 10, 20]).max() < 30
    black = fitted(read(photos.encoded(Image.new("1", (4, 4), 1))), 3, 4, "crop")
    assert (black == 255).all()


def test_of_an_animation_the_first_image_counts(photos):
    first, second = (Image.new("L", (4, 4), value) for value in (200, 20))
    for form in ("GIF", "TIFF", "WEBP", "PNG"):
        content = photos.encoded(first, form, save_all=True, append_images=[second])
        assert (fitted(read(content), 1, 4, "crop") > 150).all(), form


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_known_by_its_first_bytes(photos, form):
    assert kind_of(photos.encoded(photos.picture(), form)[:16]) == form
    assert kind_of(b"Photographs of") == kind_of(b"") == kind_of(b"BMW cars and more") == ""


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_of_sixteen_bits_those_in_use_are_kept(photos, bits):
    values = np.linspace(0, 2**bits - 1, 16).astype(np.uint16).reshape(4, 4)
    found = np.asarray(read(photos.encoded(Image.fromarray(values)), bits))
    assert np.abs(found.astype(int) - np.linspace(0, 255, 16).reshape(4, 4)).max() <= 1


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", *({"AVIF"} & {*FORMS})])
def test_eight_turned_copies_of_one_photograph_are_one_image(photos, form):
    upright = np.zeros((16, 24, 3), np.uint8)
    upright[:8, :8], upright[:8, 8:], upright[8:, 16:] = (200, 0, 0), (0, 200, 0), (0, 0, 200)
    turns = (lambda a: a, np.fliplr, lambda a: np.rot90(a, 2), np.flipud, lambda a: a.swapaxes(0, 1),
             lambda a: np.rot90(a), lambda a: np.rot90(a, 2).swapaxes(0, 1), lambda a: np.rot90(a, -1))  # fmt: skip
    for orientation, turn in enumerate(turns, 1):
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = Image.fromarray(np.ascontiguousarray(turn(upright)))
        given = {"quality": 100, "subsampling": "4:4:4"} if form in ("JPEG", "AVIF") else {}
        found = np.asarray(read(photos.encoded(stored, form, exif=exif, **given)))
        assert found.shape == upright.shape, orientation
        assert np.abs(found.astype(int) - upright).mean() < 15, orientation


def test_photographs_of_phones_are_read_where_their_package_is_installed(photos):
    heif = pytest.importorskip("pillow_heif")
    heif.register_heif_opener()
    image = Image.fromarray(np.arange(0, 240, 15, dtype=np.uint8).repeat(16).reshape(16, 16)).convert("RGB")
    content = photos.encoded(image, "HEIF", quality=100)
    assert kind_of(content[:16]) == "HEIF"
    assert np.abs(np.asarray(read(content)).astype(int) - np.asarray(image)).max() <= 8


def test_a_format_whose_package_is_missing_names_it(monkeypatch):
    monkeypatch.setattr("fewshot.data.readers.image_file.known", lambda: ("PNG",))
    with pytest.raises(ValueError, match=r"^HEIF, which needs pillow-heif, of the extra photos$"):
        read(b"\0\0\0\x18ftypheic" + bytes(40))


def halves(wide: int, high: int) -> Image.Image:
    """White in the middle third of the longer side, black outside."""
    image = Image.new("L", (wide, high))
    longer = max(wide, high) // 3
    part = (longer, 0, 2 * longer, high) if wide > high else (0, longer, wide, 2 * longer)
    image.paste(255, part)
    return image


@pytest.mark.parametrize("size", [(30, 10), (10, 30)])
def test_the_three_ways_to_become_square(size):
    crop, stretch, pad = (fitted(halves(*size), 1, 30, fit)[0] for fit in FITS)
    lying = size == (30, 10)
    inner = crop[:, 2:-2] if size == (30, 10) else crop[2:-2]  # what is cut off shines in at the edge
    assert (inner == 255).all()
    middle = stretch[:, 12:18] if lying else stretch[12:18]
    assert (middle == 255).all()
    assert (stretch == 0).any()
    if not lying:
        pad = pad.T
    assert (pad[10:20, 12:18] == 255).all()
    assert (pad[:10] == 0).all()
    assert (pad[20:] == 0).all()


@pytest.mark.parametrize("fit", FITS)
def test_an_oblong_image_has_its_shape_and_keeps_an_image_of_it(fit):
    image = halves(30, 10)
    assert np.array_equal(fitted(image, 1, Oblong(10, 30), fit)[0], np.asarray(image))
    square = fitted(Image.new("L", (20, 20), 255), 1, Oblong(10, 30), fit)[0]
    assert square.shape == (10, 30)
    assert square.mean() == pytest.approx({"pad": 255 / 3}.get(fit, 255))


def test_a_smaller_image_is_an_average_and_not_a_sample():
    fine = np.indices((64, 64)).sum(0) % 2 * 255
    small = fitted(Image.fromarray(fine.astype(np.uint8)), 1, 8, "crop")[0]
    assert np.abs(small.astype(int) - 127).max() <= 2


def test_pixels_stay_as_they_are_where_the_size_is_right(photos):
    image = photos.picture(3, (9, 9))
    assert np.array_equal(fitted(image, 3, 9, "crop"), np.asarray(image).transpose(2, 0, 1))


BROKEN = {
    "an empty file": (lambda photos: b"", "an empty file"),
    "text": (lambda photos: b"hello, world", "none of PNG, JPEG, .* starts with b'hello, w'"),
    "a cut PNG": (lambda photos: photos.photo()[:150], "."),
    "a cut JPEG": (lambda photos: photos.encoded(photos.picture(0, (90, 90)), "JPEG")[:900], "truncated"),
    "a cut PGM": (lambda photos: photos.encoded(photos.picture(0, (90, 90), "L"), "PPM")[:900], "truncated|not enough"),
    "a bomb": (lambda photos: b"P5 30000 30000 255\n" + b"x" * 10, "more than 67,108,864 pixels"),
    "a strip": (lambda photos: b"P5 2000000 2 255\n" + b"x" * 10, "more than 1,048,576 pixels a side"),
    "a large one": (lambda photos: b"P5 9000 9000 255\n" + b"x" * 10, "9,000 × 9,000, more than"),
    "floating point": (lambda photos: photos.encoded(Image.new("F", (4, 4)), "TIFF"), "floating-point"),
    "32 bits": (lambda photos: photos.encoded(Image.new("I", (4, 4), 70000), "TIFF"), "more than 16 bits"),
    "a script": (lambda photos: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n", "none of PNG"),
}


@pytest.mark.parametrize("fault", BROKEN)
@pytest.mark.filterwarnings("ignore")
def test_a_file_that_is_no_image_has_a_reason(photos, fault):
    content, why = BROKEN[fault]
    with pytest.raises(UNREADABLE, match=why):
        read(content(photos))


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_any_damage_to_a_file_is_one_of_the_known_errors(photos):
    """A byte changed anywhere: pixels, or an error that is expected."""
    for form in FORMS:
        whole = photos.encoded(photos.picture(0, (16, 16)), form)
        for place in range(0, min(len(whole), 300), 3):
            content = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
            try:
                read(content)
            except UNREADABLE:
                continue


def test_grey_beyond_16_bits_which_is_refused_tells_no_bits():
    for most, found in ((65_535, 65_535), (70_000, 0)):
        image = Image.fromarray(np.array([[0, most]], np.int32))
        assert largest_value(image) == (found, 0)
