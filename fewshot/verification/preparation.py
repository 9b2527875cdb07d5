"""Images prepared as those that a network learned from."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from fewshot.core.checks import size_of
from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import Part
from fewshot.data.bank import centre
from fewshot.data.datasets import DataSet, Prepare
from fewshot.data.handwriting import Ink, NoInk, as_drawing
from fewshot.data.readers.image_file import UNREADABLE, loaded
from fewshot.registry.lookup import load
from fewshot.verification.images import Image, Images, Unusable, as_image, each, plain_values, read_file, with_pixels

if TYPE_CHECKING:
    import PIL.Image


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
        if found:
            self._expect_prepare("")
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
            values = plain_values(image, name)
            own = values.shape == self.shape
            pixels, change = self._own(values) if own else self._prepared(as_image(values), name)
        else:
            found = read_file(Path(image)) if isinstance(image, str | Path) else with_pixels(image.copy, name)
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
        change, size = "", size_of(self.shape[1:])
        prepare = self._expect_prepare(f"{name}: ")
        try:
            if self.ink:
                image, change = as_drawing(loaded(image).convert("L"), self.ink)
            pixels = torch.from_numpy(prepare(image, size, **self.dataset.options).copy())
        except NoInk as error:
            raise Unusable(f"{name}: blank: {error}") from error
        except UNREADABLE as error:
            raise Unusable(f"{name}: cannot be read: {error}") from error
        return centre(pixels, size).float() / 255, change

    def _expect_prepare(self, where: str) -> Prepare:
        """The data set's own function for one image. Raises `RequestError` if it has none."""
        if self.data.prepare is None:
            lacking = f"as data set {self.dataset.name} has no prepare(image, size)"
            raise RequestError(f"{where}expected an array [{' '.join(map(str, self.shape))}], {lacking}")
        return self.data.prepare
