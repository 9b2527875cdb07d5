"""A network's encoder as ONNX or TorchScript, from images to embeddings, for programs without fewshot."""

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from fewshot.core.checks import size_of
from fewshot.core.errors import RequestError
from fewshot.core.files import write_whole
from fewshot.core.types import EmbeddingLearner, Embeddings
from fewshot.data.bank import centre
from fewshot.data.handwriting import PLAIN
from fewshot.verification.export_formats import FORMATS, Run, described
from fewshot.verification.images import Images
from fewshot.verification.network_file import for_others
from fewshot.verification.verifier import Verifier

CLOSE = 1e-4  # by which an exported encoder's embeddings may differ, as a share of the largest number in them
TRIED = (90, 61), (13, 47)  # px, height and width of photographs by which an export is measured


class FromPixels(nn.Module):
    """The encoder of a verifier behind the preparation of its images, whose bytes are those in their files."""

    def __init__(self, verifier: Verifier, learner: EmbeddingLearner) -> None:
        super().__init__()
        self.learner, self.preparation = learner, verifier.prepare
        self.ours, self.taken = prepared_inside(verifier), taken(verifier)

    def forward(self, images: UInt8[Tensor, "image _ _ _"]) -> Embeddings:
        part, size = self.preparation, size_of(self.preparation.shape[1:])
        images = only(images, self.taken)
        if self.ours:
            images = dark_on_light(images) if part.ink else images
            images = centre(part.data.prepare_tensors(images, size, **part.dataset.options), size)
        return self.learner.embed(images.float() / 255).detach()


def export(verifier: Verifier, form: str, file: Path) -> float:
    """Write a verifier's encoder, whole or not at all, and return the largest difference of its embeddings from ours.

    The difference is a share of the largest number in them, on images of two sizes where any size is taken. Raises
    `Lacking` without the libraries of the extra export, and `RequestError` if the network cannot be exported or the
    difference is larger than `CLOSE`.
    """
    learner = verifier.learner
    if not isinstance(getattr(learner, "encoder", None), nn.Module):
        raise RequestError(f"expected a learner with an encoder, got {verifier.network.spec.learner.name}")
    module = FromPixels(verifier, learner).eval()
    shape = taken(verifier)
    tried = [some_pixels(shape, number, size) for number, size in enumerate(TRIED, 3)]
    with quiet():
        content, run = FORMATS[form](module, tried[0][:2], shape, json.dumps(expected(verifier), ensure_ascii=False))
        ours = [verifier.embed(as_given(verifier, images)).numpy() for images in tried]
        theirs = [embedded(run, images.numpy(), one.shape, form) for images, one in zip(tried, ours, strict=True)]
    most = max(np.abs(one).max() for one in ours)
    apart = float(max(np.abs(one - other).max() for one, other in zip(theirs, ours, strict=True)) / max(most, 1e-30))
    if not apart <= CLOSE:
        raise RequestError(f"{file}: expected the embeddings of {form} within {CLOSE:g} of ours, got {apart:.1e} apart")
    write_whole(file, content)
    return apart


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back the exporters' warnings of their own future, and their log, as an error says why they failed."""
    before = logging.root.manager.disable
    logging.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def embedded(run: Run, images: np.ndarray, shape: tuple[int, ...], form: str) -> Float[np.ndarray, "image dim"]:
    """The embeddings of images by a written encoder, which raises `RequestError` for others than it was written with.

    A data set's own `prepare_tensors` may have written their number or sides as constants.
    """
    try:
        found = run(images)
    except Exception as error:
        raise RequestError(f"expected {form} to embed {list(images.shape)}, got {described(error)}") from error
    if found.shape != shape:
        raise RequestError(f"expected embeddings {list(shape)} of {form}, got {list(found.shape)}")
    return found


def only(
    images: UInt8[Tensor, "image _ _ _"], shape: tuple[int, int | None, int | None]
) -> UInt8[Tensor, "image _ _ _"]:
    """The images, by operations that fail on other sides and, in TorchScript, on floats."""
    images = images & 255 if torch.jit.is_tracing() else images
    return images.reshape(images.shape[0], *(side or -1 for side in shape)) if all(shape) else images


def prepared_inside(verifier: Verifier) -> bool:
    """Whether the export prepares images itself: whether the data set can do so on tensors."""
    return verifier.prepare.data.prepare_tensors is not None


def taken(verifier: Verifier) -> tuple[int, int | None, int | None]:
    """Channels, height and width of the images that an export takes, None for any.

    Drawings have the side of the data's own: others are cut to their ink, which no graph does.
    """
    channels, ink = verifier.network.shape[0], verifier.prepare.ink
    if not prepared_inside(verifier):
        return verifier.network.shape
    return (channels, int(ink.side), int(ink.side)) if ink else (channels, None, None)


def expected(verifier: Verifier) -> dict:
    """The images that an export takes, as shape and in words, and the similarity and thresholds of its embeddings."""
    network = verifier.network
    image, (channels, height, width) = for_others(network)["image"], taken(verifier)
    colour = {1: "in grey", 3: "in colour (RGB)"}.get(channels, f"of {channels} channels")
    words = f"photographs of any size, {colour}, upright, as in their files"
    if not prepared_inside(verifier):
        ink = ", of which ink is largest" * bool(verifier.prepare.ink)
        words = f"prepared before{ink}: {image['resized'].rstrip('.') or 'arrays'}"
    elif verifier.prepare.ink:
        words = f"drawings in grey of {height} × {width} pixels, at least half of them pure white (or pure black) paper"
    return {
        "pixels": "uint8", "shape": ["batch", channels, height or "height", width or "width"], "images": words,
        "similarity": network.spec.similarity.name, "points": dict(network.points),
    }  # fmt: skip


def as_given(verifier: Verifier, images: UInt8[Tensor, "image channel _ _"]) -> Images:
    """The images for our verifier, as files hold them, or else prepared before."""
    from PIL import Image

    if not prepared_inside(verifier):
        return images
    return [Image.fromarray(one.permute(1, 2, 0).squeeze(2).numpy()) for one in images]


def dark_on_light(images: UInt8[Tensor, "image 1 _ _"]) -> UInt8[Tensor, "image 1 _ _"]:
    """Drawings on pure paper with light ink turned round, as `as_drawing` does, and the others as they are."""
    white, black = ((images == paper).double().mean((1, 2, 3)) >= PLAIN for paper in (255, 0))
    dark, light = images.amin((1, 2, 3)) < 128, images.amax((1, 2, 3)) > 128
    turn = black & light & ~(white & dark)
    return torch.where(turn[:, None, None, None], 255 - images, images)


def some_pixels(
    shape: tuple[int, int | None, int | None], count: int, size: tuple[int, int]
) -> UInt8[Tensor, "image channel height width"]:
    """Images of lines of all grey values on black, the same at each call; of `size` where any is taken."""
    draw, sides = (
        torch.Generator().manual_seed(0),
        [given or tried for given, tried in zip(shape[1:], size, strict=True)],
    )
    noise = torch.rand(count, shape[0], *sides, generator=draw) * (torch.rand(count, 1, *sides, generator=draw) > 0.7)
    return (255 * noise).to(torch.uint8)
