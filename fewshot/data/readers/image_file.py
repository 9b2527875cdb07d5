"""The pixels of one image file: grey or colour, square, upright, 8 bits.

Of 16-bit grey the upper 8 of the bits in use are kept, of 16-bit colour those of all 16, transparency is laid on white,
and an animation is read as its first image.
"""

import io
import lzma
import struct
import zipfile
import zlib
from contextlib import suppress
from functools import cache

import numpy as np
from jaxtyping import UInt8

from fewshot.core.checks import Size, sides

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".pgm", ".ppm", ".pbm", ".pnm", ".bmp", ".gif", ".tif", ".tiff",
    ".avif", ".heic", ".heif", ".hif", ".jp2", ".j2k", ".jpx", ".jpf",
)  # fmt: skip
FORMATS = (
    "PNG",
    "JPEG",
    "WEBP",
    "PPM",
    "BMP",
    "GIF",
    "TIFF",
    "JPEG2000",
    "AVIF",
    "HEIF",
)  # no others: some start programs
STARTS = {
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"II*\0": "TIFF", b"MM\0*": "TIFF",
    b"\0\0\0\x0cjP": "JPEG2000", b"\xff\x4f\xff\x51": "JPEG2000",
}  # fmt: skip
BRANDS = {
    b"avif": "AVIF",
    b"avis": "AVIF",
    b"heic": "HEIF",
    b"heix": "HEIF",
    b"hevc": "HEIF",
    b"mif1": "HEIF",
    b"msf1": "HEIF",
}
LACKING = {"AVIF": "Pillow 11.3 or later", "HEIF": "pillow-heif", "JPEG2000": "Pillow with OpenJPEG"}
FITS = ("crop", "stretch", "pad")
BITS = (8, 10, 12, 14, 16)  # in use, of 16-bit grey
DEEPEST = 0xFFFF
LONGEST = 2**20  # pixels a side, as resizing holds 16 bytes for each
MOST = 2**26  # pixels, as a few bytes may claim to be an image larger than the memory
ORIENTATION = 0x0112  # of the EXIF tags
SIDEWAYS = (5, 6, 7, 8)  # values of it
UNREADABLE = (
    OSError,
    SyntaxError,  # raised by PIL for a broken PNG
    ValueError,
    EOFError,
    RuntimeError,  # a compression that zipfile lacks
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    LookupError,
    TypeError,
    OverflowError,
)


def is_image(name: str) -> bool:
    """Whether a file has the suffix of an image."""
    return name.lower().endswith(SUFFIXES)


def kind_of(start: bytes) -> str:
    """The format of a file by its first 16 bytes; "" for another than `FORMATS`."""
    if start[4:8] == b"ftyp":
        return BRANDS.get(start[8:12], "")
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "WEBP"
    if start[:1] == b"P" and start[1:2] in b"123456" and start[2:3].isspace():
        return "PPM"
    if start[:2] == b"BM" and start[6:10] == b"\0\0\0\0":
        return "BMP"
    return next((kind for first, kind in STARTS.items() if start.startswith(first)), "")


def loaded(image: "PIL.Image.Image", bits: int = BITS[-1]) -> "PIL.Image.Image":
    """The image of `look` with its pixels, upright, in mode L or RGB; of 16-bit grey `bits` are in use.

    Raises one of `UNREADABLE`.
    """
    image.load()
    return _plain(_upright(image), bits)


def look(content: bytes) -> "PIL.Image.Image":
    """The image in a file, with its pixels not read yet; raises one of `UNREADABLE`."""
    from PIL import Image, UnidentifiedImageError

    formats = known()
    try:
        image = Image.open(io.BytesIO(content), formats=formats)
    except UnidentifiedImageError as error:
        kind = kind_of(content[:16])
        if kind in LACKING and kind not in formats:
            raise ValueError(f"{kind}, which needs {LACKING[kind]}, of the extra photos") from error
        other = f"none of {', '.join(formats)}, starts with {content[:8]!r}" if content else "an empty file"
        raise ValueError(other) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ValueError(f"more than {MOST:,} pixels") from error
    if image.width * image.height > MOST:
        raise ValueError(f"{image.width:,} × {image.height:,}, more than {MOST:,} pixels")
    if max(image.size) > LONGEST:
        raise ValueError(f"{image.width:,} × {image.height:,}, more than {LONGEST:,} pixels a side")
    return image


@cache
def known() -> tuple[str, ...]:
    """The formats that are installed; HEIF is a package of its own."""
    from PIL import Image

    with suppress(ImportError):
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.init()
    return tuple(form for form in FORMATS if form in Image.OPEN)


def largest_value(image: "PIL.Image.Image") -> tuple[int, int]:
    """The largest value of an image in 16-bit grey and of one in 16-bit colour, by its upper 8 bits; 0 for others.

    Grey with values beyond 16 bits, which is refused, has none.
    """
    if image.mode.startswith("I"):
        values = np.asarray(image)
        return int(values.max()) if 0 <= values.min() <= values.max() <= DEEPEST else 0, 0
    tile = getattr(image, "tile", ())  # of an image that is read from a file
    if image.mode in ("RGB", "RGBA", "LA") and tile and ";16" in str(tile[0][3]):
        colours = len(image.mode.removesuffix("A"))
        return 0, int(np.asarray(image)[..., :colours].max()) << 8 | 0xFF
    return 0, 0


def fitted(image: "PIL.Image.Image", channels: int, size: Size, fit: str) -> UInt8[np.ndarray, "channel height width"]:
    """An image in grey (1) or colour (3), resized to `size` with averages over the area of each pixel.

    "crop" takes the largest part in the middle that has the proportions of `size`, "stretch" the whole image,
    distorted, and "pad" the whole image in its own proportions, on black.
    """
    from PIL import Image

    image = image.convert("L" if channels == 1 else "RGB")
    wide, high = image.size
    height, width = sides(size)
    if image.size != (width, height):
        if fit == "pad":
            scale = min(width / wide, height / high)
            inner = tuple(max(1, round(length * scale)) for length in (wide, high))
            ground = Image.new(image.mode, (width, height))
            corner = (width - inner[0]) // 2, (height - inner[1]) // 2
            ground.paste(image.resize(inner, Image.Resampling.BILINEAR), corner)
            image = ground
        else:
            across, down = min(wide, high * width / height), min(high, wide * height / width)
            left, top = (wide - across) / 2, (high - down) / 2
            part = (left, top, left + across, top + down) if fit == "crop" else None
            image = image.resize((width, height), Image.Resampling.BILINEAR, box=part)
    pixels = np.asarray(image)
    return pixels[None] if channels == 1 else np.ascontiguousarray(pixels.transpose(2, 0, 1))


def upright_size(image: "PIL.Image.Image") -> tuple[int, int]:
    """The width and the height that the image of `look` has upright."""
    turned = image.format != "TIFF" and image.getexif().get(ORIENTATION) in SIDEWAYS  # Pillow turns a TIFF itself
    return image.size[::-1] if turned else image.size


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


def _plain(image: "PIL.Image.Image", bits: int) -> "PIL.Image.Image":
    """The image in mode L or RGB."""
    from PIL import Image

    if image.mode == "F":
        raise ValueError("floating-point pixels, whose range is unknown")
    if image.mode.startswith("I"):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > DEEPEST:
            raise ValueError("more than 16 bits of grey")
        grey = (values >> (bits - 8)).clip(max=255).astype(np.uint8)
        if isinstance(clear := image.info.get("transparency"), int):
            grey[values == clear] = 255
        return Image.fromarray(grey)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    return image if image.mode == "L" else image.convert("L" if image.mode in ("1", "LA") else "RGB")
