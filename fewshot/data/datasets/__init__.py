"""Data sets, one file each: a function `(classes, size, folders, *, options) -> ImageBank` marked by `dataset`.

`classes` are the names to decode, in this order (the protocol's); `size` is the side in pixels or None for the native
one; `folders` is where to look for files. Keyword-only parameters are options of a suite.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import update_wrapper
from pathlib import Path

from fewshot.core.marks import DataSetMarks
from fewshot.data.bank import ImageBank

Locate = Callable[[Sequence[Path]], str]
Fetch = Callable[[Sequence[Path]], None]
Verify = Callable[..., list[str]]
Splits = Callable[..., Mapping[str, Sequence[str]]]


class DataSet:
    """A data set: called as `(classes, size, folders, **options)` it decodes images; `marks` are its decorator's.

    `locate(folders)` is one line on what is here, found without decoding; `fetch(folders)` downloads what is missing,
    None where there is nothing to download; `verify(folders)` verifies what is here, a line for each finding.
    `splits(folders, **options)` are the classes of "train", "val" and "test" where they are the data set's own to name,
    else None. A family's `verify` and `splits` are given what stands after the colon too, as its option.
    """

    def __init__(
        self,
        read: Callable[..., ImageBank],
        marks: DataSetMarks,
        locate: Locate | None = None,
        fetch: Fetch | None = None,
        verify: Verify | None = None,
        splits: Splits | None = None,
    ) -> None:
        update_wrapper(self, read)
        self.read, self.marks, self.fetch, self.splits = read, marks, fetch, splits
        self.locate: Locate = locate or (lambda folders: "a plug-in without locate(folders)")
        self.verify: Verify = verify or (lambda folders, **member: ["a plug-in without verify(folders)"])

    def __call__(
        self, classes: Sequence[str], size: int | None, folders: Sequence[Path], **options: object
    ) -> ImageBank:
        return self.read(classes, size, folders, **options)


def dataset(
    *,
    locate: Locate | None = None,
    fetch: Fetch | None = None,
    verify: Verify | None = None,
    splits: Splits | None = None,
    **marks: object,
) -> Callable[[Callable[..., ImageBank]], DataSet]:
    """Make a function the data set of its file's name, with the functions of a `DataSet` and keywords of its marks."""
    functions = {"locate": locate, "fetch": fetch, "verify": verify, "splits": splits}
    own = DataSetMarks(**{name: one is not None for name, one in functions.items()}, **marks)
    return lambda read: DataSet(read, own, **functions)
