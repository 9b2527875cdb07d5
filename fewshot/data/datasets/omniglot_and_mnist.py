"""Two data sets in one: the characters of Omniglot to learn from, and the test images of MNIST to be tested on.

A split is of either: its images are those of `omniglot` or of `mnist`, pixel for pixel.
"""

from collections.abc import Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank
from fewshot.data.datasets import dataset
from fewshot.data.datasets.mnist import CLASSES, check, mnist
from fewshot.data.datasets.omniglot import omniglot

BOTH = {"omniglot": omniglot, "mnist": mnist}


def locate(folders: Sequence[Path]) -> str:
    """The places of the files of both."""
    return "; ".join(one.locate(folders) for one in BOTH.values())


def fetch(folders: Sequence[Path]) -> None:
    """Download the missing files of both."""
    for one in BOTH.values():
        one.fetch(folders)


def verify(folders: Sequence[Path]) -> list[str]:
    """A line for each finding on either."""
    return [line for one in BOTH.values() for line in one.verify(folders)]


@dataset(
    locate=locate,
    fetch=fetch,
    verify=verify,
    check=check,
    prepare=omniglot.prepare,
    prepare_tensors=omniglot.prepare_tensors,
    class_word="characters",
    group_word="alphabets",
    ink=(105, 68, 5),
)
def omniglot_and_mnist(
    classes: Sequence[str], size: int | None, folders: Sequence[Path], *, strokes: str = "own"
) -> ImageBank:
    """The images of classes of one of both, at `size` (None: the native side); `strokes` are as in `mnist`.

    Raises `RequestError` for classes of both, which no split has.
    """
    digits = {*classes} & {*CLASSES}
    if not digits:
        return omniglot(classes, size, folders)
    if len(digits) < len(classes):
        other = next(name for name in classes if name not in digits)
        raise RequestError(f"omniglot_and_mnist: expected a split of one, got {min(digits)} beside {other}")
    return mnist(classes, size, folders, strokes=strokes)
