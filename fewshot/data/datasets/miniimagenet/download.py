"""The download of miniImageNet's cached pickles from Zenodo, each checked before it is kept."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.datasets.miniimagenet.locate import split_of_pickle, visible
from fewshot.data.datasets.miniimagenet.pickles import read_split
from fewshot.data.locations import listed
from fewshot.data.readers.archive import what_is
from fewshot.data.readers.download import download
from fewshot.data.readers.file_tree import tree

RECORD = "https://zenodo.org/record/7978538/files"
NAMES = {"train": "train", "val": "validation", "test": "test"}  # the splits' names in the record


def fetched_folder(folders: Sequence[Path]) -> Path:
    """The folder for downloaded pickles."""
    return Path(folders[-1]) / "miniimagenet"


def fetch(folders: Sequence[Path]) -> None:
    """Download the missing pickles. Raises `RequestError` with the reason if a download fails or is wrong."""
    target = fetched_folder(folders)
    there = set(map(split_of_pickle, visible(target))) if target.is_dir() else set()
    for split, name in NAMES.items():
        file = f"mini-imagenet-cache-{name}.pkl"
        if split not in there and (reason := download(f"{RECORD}/{file}", target / file, partial(_wrong, split=split))):
            raise RequestError(
                f"miniimagenet: expected a folder or zip file miniimagenet in {listed(folders)}, found none that is "
                f"whole, and {reason}. Fetch {RECORD}/{file} and name the folder that has it by --data DIR or "
                "$FEWSHOT_DATA"
            )


def _wrong(draft: Path, split: str) -> str:
    """The reason why a download is not the pickle of a split, or ""."""
    if (got := what_is(draft)) in ("an HTML page", "an empty file", "a Git LFS pointer"):
        return f"the download was {got} (removed)"
    try:
        with tree(draft.parent) as found:
            read_split(found, draft.name, split)
    except RequestError as error:
        return f"the download is not what was expected (removed): {error}"
    return ""
