"""The pixels of one image file: grey or colour, square, upright, 8 bits.

16-bit grey is cut to its upper 8 bits, transparency is laid on white, and an animation is read as its first image.
"""

import io
import struct
import zipfile
import zlib

import numpy as np
from jaxtyping import UInt8

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".pgm", ".ppm", ".pbm", ".pnm", ".bmp", ".gif", ".tif", ".tiff",
)  # fmt: skip
FORMATS = ("PNG", "JPEG", "WEBP", "PPM", "BMP", "GIF", "TIFF")  # no others, as some start programs
FITS = ("crop", "stretch", "pad")
MOST = 2**26  # pixels, as a few bytes may claim to be an image larger than the memory
ORIENTATION = 0x0112  # of the EXIF tags
UNREADABLE = (
    OSError,
    SyntaxError,  # raised by PIL for a broken PNG
    ValueError,
    EOFError,
    RuntimeError,  # a compression that zipfile lacks
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    LookupError,
    TypeError,
    OverflowError,
)


def is_image(name: str) -> bool:
    """Whether a file has the suffix of an image."""
    return name.lower().endswith(SUFFIXES)


def read_image(content: bytes) -> "PIL.Image.Image":
    """The image in a file, upright, in mode L or RGB; raises one of `UNREADABLE`."""
    image = look(content)
    image.load()
    return _plain(_upright(image))


def look(content: bytes) -> "PIL.Image.Image":
    """The image in a file, with its pixels not read yet; raises one of `UNREADABLE`."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(content), formats=FORMATS)
    except UnidentifiedImageError as error:
        known = f"none of {', '.join(FORMATS)}, starts with {content[:8]!r}" if content else "an empty file"
        raise ValueError(known) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"more than {MOST:,} pixels") from error
    if image.width * image.height > MOST:
        raise ValueError(f"{image.width:,} × {image.height:,}, more than {MOST:,} pixels")
    return image


def fitted(image: "PIL.Image.Image", channels: int, side: int, fit: str) -> UInt8[np.ndarray, "channel side side"]:
    """An image in grey (1) or colour (3), resized to `side` pixels with averages over the area of each pixel.

    "crop" takes the largest square in the middle, "stretch" the whole image, distorted, and "pad" the whole image in
    its proportions, on black.
    """
    from PIL import Image

    image = image.convert("L" if channels == 1 else "RGB")
    wide, high = image.size
    if image.size != (side, side):
        if fit == "pad":
            scale = side / max(wide, high)
            inner = tuple(max(1, round(length * scale)) for length in (wide, high))
            ground = Image.new(image.mode, (side, side))
            corner = tuple((side - length) // 2 for length in inner)
            ground.paste(image.resize(inner, Image.Resampling.BILINEAR), corner)
            image = ground
        else:
            square = min(wide, high)
            left, top = ((length - square) / 2 for length in (wide, high))
            part = (left, top, left + square, top + square) if fit == "crop" else None
            image = image.resize((side, side), Image.Resampling.BILINEAR, box=part)
    pixels = np.asarray(image)
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def _upright(image: "PIL.Image.Image") -> "PIL.Image.Image":
    """The image turned upright by its EXIF data."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(image.getexif().get(ORIENTATION))
    return image if turn is None else image.transpose(turn)


def _plain(image: "PIL.Image.Image") -> "PIL.Image.Image":
    """The image in mode L or RGB."""
    from PIL import Image

    if image.mode == "F":
        raise ValueError("floating-point pixels, whose range is unknown")
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 0xFFFF:
            raise ValueError("more than 16 bits of grey")
        return Image.fromarray((values >> 8).astype(np.uint8))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == "L" else image.convert("L" if image.mode in ("1", "LA") else "RGB")
