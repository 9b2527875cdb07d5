"""Data sets: one file each. A data set is a callable `(classes, size, folders) -> ImageBank`.

`classes` are the names to decode, in this order (the protocol's); `size` is the side in pixels or None for the native
one; `folders` is where to look for files. Keyword-only parameters are options of a suite. Beside it stand
`whereabouts(folders)`, one line on what is here, and `audit(folders)`, which fetches and verifies all of it; where the
classes of train, val and test are the data set's own to say, also `splits(folders, **options)`. The `audit` and
`splits` of a family are given what stands after the colon too, as its option.
"""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from fewshot.bank import ImageBank
from fewshot.bank_cache import cache_folder
from fewshot.errors import RequestError
from fewshot.registry import entries, find, full_name, load

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


def data_folders(data: Path | str | None = None) -> list[Path]:
    """Where data is looked for, best first: `data`, `$FEWSHOT_DATA`, `./data`, the user's cache folder.

    Raises `RequestError` when `data` or `$FEWSHOT_DATA` names a folder that is not there.
    """
    named = {"--data": data, "$FEWSHOT_DATA": os.environ.get("FEWSHOT_DATA")}
    for where, place in named.items():
        if place and not Path(place).is_dir():
            raise RequestError(f"{where}: expected a folder with data sets, but {place} is not there")
    return [*(Path(place) for place in named.values() if place), Path("data"), cache_folder() / "data"]


def whereabouts(data: Path | str | None = None) -> list[str]:
    """What is here, a line for each data set; nothing is fetched or decoded."""
    folders = data_folders(data)
    names = map(full_name, entries("datasets").values())
    return [f"{name}: {_beside(name, 'whereabouts')(folders)}" for name in names]


def audit(name: str, data: Path | str | None = None) -> list[str]:
    """Fetch a data set if it is not here, and verify all of it: what was found, or `RequestError`."""
    entry = find("datasets", name)
    member = {entry.family: name.partition(":")[2]} if entry.family else {}
    return _beside(name, "audit")(data_folders(data), **member)


def _beside(name: str, function: str) -> Callable:
    """A function that stands beside a data set in its file; a plug-in may do without."""
    module = import_module(load("datasets", name).__module__)
    if not hasattr(module, function):
        silent = f"a plug-in without {function}(folders)"
        return lambda folders, **member: [silent] if function == "audit" else silent
    return getattr(module, function)
