"""Images of any kind that a user hands over: files, PIL images, arrays and tensors, read and checked."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

import numpy as np
from jaxtyping import Float
from torch import Tensor

from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.data.readers.file_tree import is_picture
from fewshot.data.readers.image_file import UNREADABLE, is_image, kind_of, look

Array: TypeAlias = np.ndarray | Tensor
if TYPE_CHECKING:
    import PIL.Image

    Image: TypeAlias = str | Path | Array | PIL.Image.Image
    Images: TypeAlias = Image | Sequence[Image]
else:
    Image = Images = Any  # Pillow is imported where it is used
CHANNELS = (1, 3, 4)
FORMS = "[height width], [channel height width] or [height width channel], and a batch of images one axis more"


class Unusable(RequestError):
    """An image that cannot be compared, as it is damaged or blank: a failure to acquire, of which nothing follows."""


def each(images: Images) -> Iterator[Image]:
    """The images one by one. Raises `RequestError` for a value that is none."""
    if isinstance(images, np.ndarray | Tensor) and images.ndim == 4:
        yield from images
    elif is_one(images):
        yield images
    elif isinstance(images, Sequence):
        for one in images:
            if not is_one(one):
                raise RequestError(f"expected a list of images, got {_short(one)} in it")
            yield one
    else:
        raise RequestError(f"expected an image or several, got {_short(images)}")


def is_one(images: object) -> TypeGuard[Image]:
    """Whether a value is one image, a batch of several not being one."""
    from PIL import Image

    if isinstance(images, np.ndarray | Tensor):
        return images.ndim != 4
    return isinstance(images, str | Path | Image.Image)


def files_in(folder: Path) -> list[Path]:
    """The images in a folder and below it, by name, without what is hidden. Raises `RequestError` if there are none."""
    shown = (one for one in folder.rglob("*") if not any(part[0] == "." for part in one.relative_to(folder).parts))
    found = sorted(one for one in shown if not one.is_dir() and (is_image(one.name) or _is_picture(one)))
    if not found:
        raise RequestError(f"{folder}: expected a folder with images, found none in it")
    return found


def _is_picture(file: Path) -> bool:
    return file.is_file() and is_picture(file.name, partial(file.open, "rb"))


def read_file(file: Path) -> "PIL.Image.Image":
    """The image in a file, with its pixels.

    Raises `RequestError` for a file that is missing or no image, and `Unusable` for a damaged image.
    """
    check_image(file)
    return with_pixels(lambda: look(file.read_bytes()), str(file))


def check_image(file: Path) -> None:
    """Raise `RequestError` for a file that is missing or, by its first bytes, no image."""
    try:
        with regular(file).open("rb") as content:
            start = content.read(16)
    except OSError as error:
        raise RequestError(f"{file}: expected an image, got: {error.strerror or error}") from error
    if not kind_of(start):
        got = f"a file that starts with {start[:8]!r}" if start else "an empty file"
        raise RequestError(f"{file}: expected an image, got {got}")


def with_pixels(read: Callable[[], "PIL.Image.Image"], name: str) -> "PIL.Image.Image":
    """The image with its pixels."""
    try:
        found = read()
        found.load()
    except UNREADABLE as error:
        raise Unusable(f"{name}: cannot be read: {error}") from error
    if not found.width * found.height:
        raise RequestError(f"{name}: expected an image, got one of {found.width} × {found.height} pixels")
    return found


def plain_values(image: Array, name: str) -> Float[np.ndarray, "channel height width"]:
    """The values of one image from 0 to 1."""
    found = image.detach().cpu().float() if isinstance(image, Tensor) and image.is_floating_point() else image
    values = np.asarray(found.cpu() if isinstance(found, Tensor) else found)
    if values.ndim == 2:
        values = values[None]
    elif values.ndim == 3 and values.shape[0] not in CHANNELS and values.shape[-1] in CHANNELS:
        values = values.transpose(2, 0, 1)
    if values.ndim != 3 or values.shape[0] not in CHANNELS or not values.size:
        raise RequestError(f"{name}: expected axes {FORMS}, of 1, 3 or 4 channels, got {list(image.shape)}")
    if values.dtype == bool:
        return values.astype(np.float32)
    if values.dtype == np.uint8:
        return values.astype(np.float32) / np.float32(255)
    if values.dtype.kind != "f":
        raise RequestError(f"{name}: expected uint8, or floats from 0 to 1, got {values.dtype}")
    if not np.isfinite(values).all():
        raise RequestError(f"{name}: expected finite values, got {int((~np.isfinite(values)).sum())} that are not")
    if values.min() < 0 or values.max() > 1:
        raise RequestError(f"{name}: expected floats from 0 to 1, got {values.min():g} to {values.max():g}")
    return values.astype(np.float32)


def as_image(pixels: Float[np.ndarray, "channel height width"]) -> "PIL.Image.Image":
    """Pixels from 0 to 1 of one or three channels as an image of Pillow."""
    from PIL import Image

    values = np.rint(pixels * 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(values[0] if len(values) == 1 else values.transpose(1, 2, 0)))


def _short(value: object) -> str:
    if isinstance(value, np.ndarray | Tensor):
        return f"an array {list(value.shape)}"
    return f"{type(value).__name__} {str(value)[:40]}"
