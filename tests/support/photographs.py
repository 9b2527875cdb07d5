"""Image files for tests, written by Pillow."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def picture(number: int = 0, size: tuple[int, int] = (12, 10), mode: str = "RGB") -> Image.Image:
    """An image of noise of its own."""
    wide, high = size
    noise = np.random.default_rng(number).integers(0, 256, (high, wide, 3), dtype=np.uint8)
    return Image.fromarray(noise).convert(mode)


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """The file of an image."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def photo(number: int = 0) -> bytes:
    """The file of an image of noise of its own."""
    return encoded(picture(number))


def write(folder: Path, files: Mapping[str, bytes | None]) -> Path:
    """The files below a folder; None makes an empty folder."""
    for name, content in files.items():
        path = folder / name
        (path if content is None else path.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content)
    return folder


def write_zip(file: Path, files: Mapping[str, bytes]) -> Path:
    """The files in a zip file, under whatever names."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file
