"""Letters drawn in the typefaces that matplotlib ships."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Bool, UInt8
from torch import Tensor

from fewshot.data.readers.image_file import fitted
from fewshot.data.readers.in_tensors import fit_tensors

_STYLES = {
    "DejaVu Sans": ("DejaVuSans", ("", "-Bold", "-Oblique", "-BoldOblique")),
    "DejaVu Sans Mono": ("DejaVuSansMono", ("", "-Bold", "-Oblique", "-BoldOblique")),
    "DejaVu Serif": ("DejaVuSerif", ("", "-Bold", "-Italic", "-BoldItalic")),
    "STIXGeneral": ("STIXGeneral", ("", "Bol", "Italic", "BolIta")),
}
FAMILIES = {family: tuple(stem + style for style in styles) for family, (stem, styles) in _STYLES.items()}
FACES = tuple(face for faces in FAMILIES.values() for face in faces)


# Font size over image size. The widest letter (Ἣ, bold) is 1.39 em wide, the tallest (ᾗ) 1.25 em high: nothing is cut.
EM = 18 / 28


def versions() -> dict[str, str]:
    """The versions of the libraries on which the pixels depend."""
    import matplotlib
    import PIL
    from PIL import features

    return {"matplotlib": matplotlib.__version__, "pillow": PIL.__version__, "freetype": features.version("freetype2")}


def characters(face: str) -> frozenset[str]:
    """All characters for which a face has a glyph."""
    from matplotlib.ft2font import FT2Font

    return frozenset(chr(code) for code, glyph in FT2Font(_file(face)).get_charmap().items() if glyph)


def draw(
    face: str, letters: Sequence[str], size: int
) -> tuple[UInt8[np.ndarray, "letter size size"], Bool[np.ndarray, " letter"]]:
    """Each letter in one face, its ink (255) centred in the image, and whether the face has the letter.

    All letters are drawn in one font size, so that capital and small letters keep their proportions.
    """
    from PIL import Image, ImageDraw, ImageFont

    # The basic layout is in every Pillow; the other one needs a library and draws a little differently.
    font = ImageFont.truetype(_file(face), EM * size, layout_engine=ImageFont.Layout.BASIC)
    known = characters(face)
    pixels = np.zeros((len(letters), size, size), np.uint8)
    for number, letter in enumerate(letters):
        if letter in known:
            left, top, right, bottom = font.getbbox(letter, anchor="ls")
            corner = (size - right + left) // 2 - left, (size - bottom + top) // 2 - top
            image = Image.new("L", (size, size))
            ImageDraw.Draw(image).text(corner, letter, fill=255, font=font, anchor="ls")
            pixels[number] = image
    return pixels, pixels.any(axis=(1, 2))


def prepare(image: "PIL.Image.Image", size: int) -> UInt8[np.ndarray, "1 size size"]:
    """The ink of an image, dark on light, in its proportions."""
    from PIL import ImageOps

    return fitted(ImageOps.invert(image.convert("L")), 1, size, "pad")


def prepare_tensors(images: UInt8[Tensor, "image 1 _ _"], size: int) -> UInt8[Tensor, "image 1 _ _"]:
    """The same of a batch, in operations on tensors."""
    return fit_tensors(255 - images, size, "pad")


def _file(face: str) -> str:
    import matplotlib

    return str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{face}.ttf")
