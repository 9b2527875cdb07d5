"""The official content of Omniglot's two archives: every path, and digests of the pixels."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fewshot.data.class_lists.omniglot import DRAWERS, images_of

SIDE = 105
PACKED = 14  # bytes of a row of 105 bits
CHECK = 2  # bytes


# content_digest of each half, and SHA-256 of the two, background first
BACKGROUND = "79ba74d403ad0fc044fa08259fa196660ac0839b03a2a05f0bb35bd35c1459a5"
EVALUATION = "3b65eaa42987b5d363a0e753539fa715251150f56a4709b1fb5df4f797de155c"
DIGEST = "9a401061898ee5bac51d603050e4e098f1037b991a6daf1e3a6c409641428344"
Packed = UInt8[np.ndarray, "image 105 14"]


@dataclass(frozen=True)
class Half:
    """The expected content of images_background or images_evaluation; `md5` is of the official archive."""

    name: str
    images: tuple[str, ...]  # `Alphabet/characterNN/NNNN_DD.png`, sorted
    checks: bytes  # two bytes an image: enough to name a damaged one
    digest: str
    md5: str

    @property
    def classes(self) -> tuple[str, ...]:
        """The characters in order, `Alphabet/characterNN`; each has 20 consecutive images, by drawer."""
        return tuple(image.rsplit("/", 1)[0] for image in self.images[::DRAWERS])

    @property
    def url(self) -> str:
        """The address of the official archive."""
        return f"https://raw.githubusercontent.com/brendenlake/omniglot/master/python/{self.name}.zip"


def content_digest(name: str, images: Sequence[str], packed: Packed) -> str:
    """SHA-256 over the images in order: path (`name/image`, UTF-8), a zero byte, and the 105 rows of the image.

    A row is 105 bits with ink = 1, the leftmost pixel in the highest bit, filled up with zeros to 14 bytes.
    """
    content = hashlib.sha256()
    for image, pixels in zip(images, packed, strict=True):
        content.update(f"{name}/{image}\0".encode())
        content.update(pixels)
    return content.hexdigest()


def content_checks(packed: Packed) -> bytes:
    """The first two bytes of the SHA-256 of each image's rows."""
    return b"".join(hashlib.sha256(pixels).digest()[:CHECK] for pixels in packed)


@cache
def halves() -> tuple[Half, Half]:
    """The expected content of images_background and of images_evaluation."""
    checks = (Path(__file__).parent / "checks.bin").read_bytes()
    background, evaluation = images_of("background"), images_of("evaluation")
    cut = CHECK * len(background)
    return (
        Half("images_background", background, checks[:cut], BACKGROUND, "68d2efa1b9178cc56df9314c21c6e718"),
        Half("images_evaluation", evaluation, checks[cut:], EVALUATION, "6b91aef0f799c5bb55b94e3f2daec811"),
    )
