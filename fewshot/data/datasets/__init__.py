"""Data sets: one file each. A data set is a callable `(classes, size, folders) -> ImageBank`.

`classes` are the names to decode, in this order (the protocol's); `size` is the side in pixels or None for the native
one; `folders` is where to look for files. Keyword-only parameters are options of a suite. Beside it stand
`whereabouts(folders)`, one line on what is here, and `audit(folders)`, which fetches and verifies all of it; where the
classes of train, val and test are the data set's own to say, also `splits(folders, **options)`. The `audit` and
`splits` of a family are given what stands after the colon too, as its option.
"""

from collections.abc import Callable

from fewshot.data.bank import ImageBank
from fewshot.registry.marks import DataSetMarks, marked

Dataset = Callable[..., ImageBank]


def dataset(make: Dataset | None = None, **marks: object) -> Callable:
    """Mark a function as the data set of its file's name, with the keywords of `DataSetMarks`."""
    return marked(make, DataSetMarks(**marks))
