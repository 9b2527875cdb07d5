"""MNIST's 10,000 test images (LeCun et al. 1998): ten digits, 28 × 28, ink = 1; its training images are not read.

With `strokes = "omniglot"` each digit is drawn anew as Omniglot's characters are: the box around its ink and the width
of its strokes are those of Omniglot's median image, relative to the side. MNIST's own strokes are nearly twice as wide.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from fewshot.core.errors import unknown
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.cache import cached
from fewshot.data.datasets import dataset
from fewshot.data.datasets.mnist.idx import SIDE, fetch_files, locate_files, read_digits, verify_files
from fewshot.data.datasets.omniglot import omniglot
from fewshot.data.datasets.omniglot.resize import area_resize
from fewshot.data.handwriting import Ink, in_square

GROUP = "MNIST"
CLASSES = tuple(f"{GROUP}/{digit}" for digit in range(10))
STROKES = ("own", "omniglot")
FINE, FINE_SIDE = 4, 140  # pixels for one of a digit, and of the side, in which a digit is drawn anew
Digits = UInt8[np.ndarray, "image side side"]


def check(size: int | None, *, strokes: str = STROKES[0], **options: object) -> None:
    """Raise `RequestError` for unknown strokes; no file is looked for."""
    if strokes not in STROKES:
        raise unknown("strokes", str(strokes), STROKES, "strokes")


def prepare(
    image: "PIL.Image.Image", size: int, *, strokes: str = STROKES[0], **options: object
) -> UInt8[np.ndarray, "1 size size"]:
    """The ink of a square image, dark on light, at another side; with Omniglot's strokes, drawn anew."""
    return _at(255 - np.asarray(image.convert("L"))[None], size, strokes)


@dataset(
    locate=locate_files,
    fetch=fetch_files,
    verify=verify_files,
    check=check,
    prepare=prepare,
    class_word="digits",
    ink=(28, 20, 2.25),
)
def mnist(classes: Sequence[str], size: int | None, folders: Sequence[Path], *, strokes: str = "own") -> ImageBank:
    """The test images of each class ("MNIST/7"), in their order, at `size` (None: 28); writers are not known.

    Raises `RequestError` if the files are missing or not official.
    """
    check(size, strokes=strokes)
    for name in classes:
        if name not in CLASSES:
            raise unknown("class of mnist", name, CLASSES)
    key = {"classes": [*classes], "size": size or SIDE, "strokes": strokes, "revision": mnist.marks.revision}
    digits, labels = read_digits(folders)
    return cached("mnist", key, lambda: _build(tuple(classes), size or SIDE, strokes, digits, labels))


def _build(classes: tuple[str, ...], size: int, strokes: str, digits: Digits, labels: np.ndarray) -> ImageBank:
    own = [np.flatnonzero(labels == CLASSES.index(name)) for name in classes]
    label = np.repeat(np.arange(len(classes)), [len(one) for one in own])
    chosen = np.concatenate(own)
    alone = np.zeros_like(label)
    return make_bank(
        _at(digits[chosen], size, strokes)[:, None],
        label,
        alone,
        alone,
        classes=classes,
        groups=(GROUP,),
        authors=("unknown",),
        names=[f"{classes[one]}/{number}.png" for one, number in zip(label.tolist(), chosen.tolist(), strict=True)],
    )


def _at(digits: Digits, size: int, strokes: str) -> UInt8[np.ndarray, "image size size"]:
    return (redrawn if strokes == "omniglot" else resized)(digits, size)


def resized(digits: Digits, size: int) -> UInt8[np.ndarray, "image size size"]:
    """The images at another side: grey values between pixels are linear in the distance, or means over areas."""
    from PIL import Image

    if size == digits.shape[1]:
        return digits
    images = (Image.fromarray(one).resize((size, size), Image.Resampling.BILINEAR) for one in digits)
    return np.stack([np.asarray(image) for image in images])


def redrawn(digits: Digits, size: int) -> UInt8[np.ndarray, "image size size"]:
    """The images drawn anew, with the box and the strokes of Omniglot's median image."""
    like = Ink(*omniglot.marks.ink)
    fine = resized(digits, FINE * digits.shape[1]) > 127
    return np.concatenate([area_resize(in_square(one, like, FINE_SIDE)[0][None], size) for one in fine])
