"""Data sets: one file each. A data set is a callable `(classes, size, folders) -> ImageBank`.

`classes` are the names to decode, in this order (the protocol's); `size` is the side in pixels or None for the native
one; `folders` is where to look for files. Keyword-only parameters are options of a suite. Beside it stand
`whereabouts(folders)`, one line on what is here, and `audit(folders)`, which fetches and verifies all of it; where the
classes of train, val and test are the data set's own to say, also `splits(folders, **options)`. The `audit` and
`splits` of a family are given what stands after the colon too, as its option.
"""

from collections.abc import Callable

from fewshot.data.bank import ImageBank

Dataset = Callable[..., ImageBank]


def dataset(*, made_of: str = "", family: str = "", revision: int = 1) -> Callable[[Dataset], Dataset]:
    """Mark a function as the data set of its file's name; `revision` is raised when its pixels change.

    `made_of` names a larger one that its images are from ("ImageNet"): a table says which of its figures come from
    weights that were pretrained on that. `family` names the option that is written after a colon ("folder:PATH").
    """

    def mark(function: Dataset) -> Dataset:
        function.kind = "datasets"
        function.made_of, function.family, function.revision = made_of, family, revision
        return function

    return mark
