"""Images of any kind, prepared as those that a network learned from."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard, cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fewshot.core.checks import size_of
from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.core.spec.run_spec import Part
from fewshot.data.bank import centre
from fewshot.data.datasets import DataSet
from fewshot.data.handwriting import Ink, NoInk, as_drawing
from fewshot.data.readers.image_file import UNREADABLE, is_image, kind_of, loaded, look
from fewshot.registry.lookup import load

Array: TypeAlias = np.ndarray | Tensor
if TYPE_CHECKING:
    import PIL.Image

    Image: TypeAlias = str | Path | Array | PIL.Image.Image
    Images: TypeAlias = Image | Sequence[Image]
else:
    Image = Images = Any  # Pillow is imported where it is used
CHANNELS = {1: "L", 3: "RGB", 4: "RGBA"}
FORMS = "[height width], [channel height width] or [height width channel], and a batch of images one axis more"


class Unusable(RequestError):
    """An image that cannot be compared, as it is damaged or blank: a failure to acquire, of which nothing follows."""


@dataclass(frozen=True)
class Prepared:
    """One image as the network takes it, and a sentence on its change, "" where there is none.

    An image that cannot be used has no pixels, and the reason in place of that sentence.
    """

    name: str
    pixels: Float[Tensor, "channel height width"] | None
    change: str = ""

    @property
    def digest(self) -> bytes:
        """The SHA-256 of the pixels."""
        return b"" if self.pixels is None else hashlib.sha256(self.pixels.numpy().tobytes()).digest()


@dataclass(frozen=True)
class Preparation:
    """The preparation of images for a network that takes `shape` and learned from a data set."""

    dataset: Part
    shape: tuple[int, int, int]

    def __call__(self, images: Images, *, found: bool = False) -> Iterator[Prepared]:
        """Each image, prepared.

        Images are files, PIL images, or arrays or tensors of bytes or of floats from 0 to 1, with the axes `FORMS`. An
        array of the network's own shape is taken as it is, but for ink on a light ground. An image that is damaged or
        blank cannot be used. Raises `RequestError` for any other value, but not for files that were only `found` in a
        folder: those that are no images cannot be used either.
        """
        for number, one in enumerate(each(images), 1):
            name = str(one) if isinstance(one, str | Path) else f"image {number}"
            try:
                yield Prepared(name, *self._one(one, name))
            except RequestError as error:
                if not (found or isinstance(error, Unusable)):
                    raise
                yield Prepared(name, None, str(error).removeprefix(f"{name}: "))

    @property
    def ink(self) -> Ink | None:
        """The lengths of the data set's drawings; None for photographs."""
        return Ink(*marks) if (marks := self.data.marks.ink) else None

    @cached_property
    def data(self) -> DataSet:
        """The data set's part."""
        return cast(DataSet, load("datasets", self.dataset.name))

    def _one(self, image: Image, name: str) -> tuple[Float[Tensor, "channel height width"], str]:
        """The pixels of one image, and the sentence on its change."""
        if isinstance(image, np.ndarray | Tensor):
            values = _plain(image, name)
            own = values.shape == self.shape
            pixels, change = self._own(values) if own else self._prepared(_pil(values), name)
        else:
            found = read_file(Path(image)) if isinstance(image, str | Path) else _loaded(image.copy, name)
            pixels, change = self._prepared(found, name)
        if pixels.min() == pixels.max():
            raise Unusable(f"{name}: blank: all of its pixels are equal")
        return pixels, change

    def _own(self, values: Float[np.ndarray, "channel height width"]) -> tuple[Tensor, str]:
        """An image of the network's own shape, its ink 1."""
        turned = bool(self.ink) and values.mean() > 0.5  # a drawing is paper for the most part
        return torch.from_numpy(1 - values if turned else values), "dark on light, turned round" if turned else ""

    def _prepared(self, image: "PIL.Image.Image", name: str) -> tuple[Tensor, str]:
        """An image prepared as the data set prepares its own."""
        prepare, change, size = self.data.prepare, "", size_of(self.shape[1:])
        if prepare is None:
            lacking = f"as data set {self.dataset.name} has no prepare(image, size)"
            raise RequestError(f"{name}: expected an array [{' '.join(map(str, self.shape))}], {lacking}")
        try:
            if self.ink:
                image, change = as_drawing(loaded(image).convert("L"), self.ink)
            pixels = torch.from_numpy(prepare(image, size, **self.dataset.options).copy())
        except NoInk as error:
            raise Unusable(f"{name}: blank: {error}") from error
        except UNREADABLE as error:
            raise Unusable(f"{name}: cannot be read: {error}") from error
        return centre(pixels, size).float() / 255, change


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
    """The images in a folder and below it, by name. Raises `RequestError` if there are none."""
    found = sorted(one for one in folder.rglob("*") if is_image(one.name) and not one.name.startswith("."))
    if not found:
        raise RequestError(f"{folder}: expected a folder with images, found none in it")
    return found


def read_file(file: Path) -> "PIL.Image.Image":
    """The image in a file, with its pixels.

    Raises `RequestError` for a file that is missing or no image, and `Unusable` for a damaged image.
    """
    try:
        content = regular(file).read_bytes()
    except OSError as error:
        raise RequestError(f"{file}: expected an image, got: {error.strerror or error}") from error
    if not kind_of(content[:16]):
        got = f"a file that starts with {content[:8]!r}" if content else "an empty file"
        raise RequestError(f"{file}: expected an image, got {got}")
    return _loaded(partial(look, content), str(file))


def _loaded(read: Callable[[], "PIL.Image.Image"], name: str) -> "PIL.Image.Image":
    """The image with its pixels."""
    try:
        found = read()
        found.load()
    except UNREADABLE as error:
        raise Unusable(f"{name}: cannot be read: {error}") from error
    if not found.width * found.height:
        raise RequestError(f"{name}: expected an image, got one of {found.width} × {found.height} pixels")
    return found


def _plain(image: Array, name: str) -> Float[np.ndarray, "channel height width"]:
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


def _pil(pixels: Float[np.ndarray, "channel height width"]) -> "PIL.Image.Image":
    from PIL import Image

    values = np.rint(pixels * 255).astype(np.uint8)
    return Image.fromarray(np.ascontiguousarray(values[0] if len(values) == 1 else values.transpose(1, 2, 0)))


def _short(value: object) -> str:
    if isinstance(value, np.ndarray | Tensor):
        return f"an array {list(value.shape)}"
    return f"{type(value).__name__} {str(value)[:40]}"
