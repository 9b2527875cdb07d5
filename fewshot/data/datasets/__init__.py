"""Data sets, one file each: a function `(classes, size, folders, *, options) -> ImageBank` marked by `dataset`.

`classes` are the names to decode, in the protocol's order; `size` is the side in pixels, or a height and a width for a
data set marked `oblong`, or None for the native size; `folders` are searched for files. Keyword-only parameters are
options of a suite.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import update_wrapper
from pathlib import Path
from typing import Any, overload

import numpy as np
from jaxtyping import UInt8
from torch import Tensor

from fewshot.core.checks import Size, between
from fewshot.core.errors import RequestError
from fewshot.core.marks import DataSetMarks
from fewshot.data.bank import ImageBank

Locate = Callable[[Sequence[Path]], str]
Fetch = Callable[[Sequence[Path]], None]
Verify = Callable[..., list[str]]
Splits = Callable[..., Mapping[str, Sequence[str]]]
Check = Callable[..., None]
Prepare = Callable[..., UInt8[np.ndarray, "channel height width"]]
PrepareTensors = Callable[..., UInt8[Tensor, "image channel height width"]]


def nowhere(folders: Sequence[Path]) -> str:
    """The line on the data of a data set without `locate`."""
    return "a plug-in without locate(folders)"


@dataclass(eq=False, repr=False)
class DataSet:
    """A data set: a call with `(classes, size, folders, **options)` decodes images; `marks` are its decorator's.

    Its other functions, of which it may lack some (None):

    - `locate(folders)`: one line on the data in these folders, without decoding.
    - `fetch(folders)` downloads missing data.
    - `verify(folders)` checks the data, and returns a line for each finding.
    - `splits(folders, **options)`: the classes of "train", "val" and "test", where the data set has a split.
    - `check(size, **options)` raises `RequestError` for options out of range, before any file is looked for.
    - `prepare(image, size, **options)`: the pixels of a PIL image as a bank of that size holds them, so that a network
      is used on images like those that it learned from.
    - `prepare_tensors(images, size, **options)`: the same of a batch of tensors, all in the data set's channels, in
      operations that an exported network can hold; without it an export takes images prepared before.

    `verify` and `splits` of a family also take its option, the text after the colon.
    """

    read: Callable[..., ImageBank]
    marks: DataSetMarks
    locate: Locate = nowhere
    fetch: Fetch | None = None
    verify: Verify | None = None
    splits: Splits | None = None
    check: Check | None = None
    prepare: Prepare | None = None
    prepare_tensors: PrepareTensors | None = None

    def __post_init__(self) -> None:
        update_wrapper(self, self.read)

    def __reduce__(self) -> str:
        return self.read.__qualname__  # by which a pickle finds it in its module

    def __call__(
        self, classes: Sequence[str], size: Size | None, folders: Sequence[Path], **options: object
    ) -> ImageBank:
        return self.read(classes, size, folders, **options)


@overload
def dataset(read: Callable[..., ImageBank], /) -> DataSet: ...
@overload
def dataset(
    *,
    locate: Locate | None = None,
    fetch: Fetch | None = None,
    verify: Verify | None = None,
    splits: Splits | None = None,
    check: Check | None = None,
    prepare: Prepare | None = None,
    prepare_tensors: PrepareTensors | None = None,
    made_of: str = "",
    family: str = "",
    channels: int = 1,
    class_word: str = "classes",
    group_word: str = "groups",
    ink: Sequence[float] = (),
    oblong: bool = False,
    revision: int = 1,
    later: Sequence[str] = (),
) -> Callable[[Callable[..., ImageBank]], DataSet]: ...
def dataset(
    read: Callable[..., ImageBank] | None = None,
    /,
    *,
    locate: Locate | None = None,
    fetch: Fetch | None = None,
    verify: Verify | None = None,
    splits: Splits | None = None,
    check: Check | None = None,
    prepare: Prepare | None = None,
    prepare_tensors: PrepareTensors | None = None,
    made_of: str = "",
    family: str = "",
    channels: int = 1,
    class_word: str = "classes",
    group_word: str = "groups",
    ink: Sequence[float] = (),
    oblong: bool = False,
    revision: int = 1,
    later: Sequence[str] = (),
) -> DataSet | Callable[[Callable[..., ImageBank]], DataSet]:
    """Turn a function into the data set of its file's name, with functions of `DataSet` and marks as keywords.

    Without any, it is used bare. Raises `RequestError` for a value of another type.

    In a file `squares.py`:

    >>> import numpy as np
    >>> from fewshot import ImageBank, dataset, make_bank
    >>> @dataset()
    ... def squares(classes, size, folders, *, images: int = 20) -> ImageBank:
    ...     label = np.arange(len(classes)).repeat(images)
    ...     side = np.arange(size or 28) <= label[:, None]  # class number n is a square of n + 1 pixels
    ...     pixels = np.where(side[:, None, :, None] & side[:, None, None, :], 255, 0).astype(np.uint8)
    ...     alone = np.zeros_like(label)
    ...     return make_bank(
    ...         pixels, label, alone, alone, classes=classes, groups=("squares",), authors=("me",)
    ...     )
    >>> squares(("one", "two"), 28, ())
    ImageBank(images: 40, classes: 2, groups: 1, authors: 1, size: 1 × 28 × 28, device: cpu)
    """
    functions = (locate, fetch, verify, splits, check, prepare, prepare_tensors)
    for name, value in zip(("the part", *DataSetMarks.functions), (read, *functions), strict=True):
        if value is not None and not callable(value):
            raise RequestError(f"{name} of @dataset: expected a function, got {value!r}")
    between(1, 4, channels=channels)
    own: dict[str, Any] = dict(zip(DataSetMarks.functions, (one is not None for one in functions), strict=True))
    own |= {"class_word": class_word, "group_word": group_word, "ink": ink, "oblong": oblong}
    marks = DataSetMarks(made_of=made_of, family=family, channels=channels, revision=revision, later=later, **own)

    def mark(read: Callable[..., ImageBank]) -> DataSet:
        return DataSet(read, marks, locate or nowhere, *functions[1:])

    return mark if read is None else mark(read)
