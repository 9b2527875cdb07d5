"""The download of miniImageNet's cached pickles from Zenodo, each read before it is kept."""

import http.client
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.datasets.miniimagenet.locate import split_of_pickle, visible
from fewshot.data.datasets.miniimagenet.pickles import read_split
from fewshot.data.readers.archive import what_is
from fewshot.data.readers.file_tree import tree

RECORD = "https://zenodo.org/record/7978538/files"
NAMES = {"train": "train", "val": "validation", "test": "test"}  # as the record calls them
TIMEOUT = 20  # seconds without an answer
BLOCK = 2**20  # bytes


def fetched_folder(folders: Sequence[Path]) -> Path:
    """Where the pickles are put."""
    return Path(folders[-1]) / "miniimagenet"


def fetch(folders: Sequence[Path]) -> None:
    """Fetch the pickles that are not there yet; raises `RequestError` that says what came instead."""
    target = fetched_folder(folders)
    there = set(map(split_of_pickle, visible(target))) if target.is_dir() else set()
    for split, name in NAMES.items():
        file = f"mini-imagenet-cache-{name}.pkl"
        if split in there:
            continue
        try:
            target.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target, prefix=".draft-") as folder:
                draft = Path(folder) / file
                reason = _download(f"{RECORD}/{file}", draft) or _wrong(draft, split)
                if not reason:
                    draft.replace(target / file)
                    continue
        except OSError as error:
            reason = f"no download: {target}: {error.strerror}"
        looked = ", ".join(dict.fromkeys(str(one) for one in folders))
        raise RequestError(
            f"miniimagenet: expected a folder or zip file miniimagenet in {looked}, found none that is whole, and "
            f"{reason}. Fetch {RECORD}/{file} and name the folder that has it by --data DIR or $FEWSHOT_DATA"
        )


def _download(address: str, draft: Path) -> str:
    """Fetch a file to `draft`; returns what went wrong, or nothing."""
    from tqdm import tqdm

    every = 0.5 if sys.stderr.isatty() else 20  # seconds
    try:
        request = urllib.request.Request(address, headers={"User-Agent": "fewshot"})
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer, draft.open("wb") as out:
            size = answer.length
            with tqdm.wrapattr(
                answer, "read", total=size, desc=draft.name, leave=False, delay=1, mininterval=every
            ) as counted:
                shutil.copyfileobj(counted, out, BLOCK)
    except (OSError, http.client.HTTPException) as error:
        return f"the download failed ({error})"
    came = draft.stat().st_size
    return f"the download was cut off at {came:,} of {size:,} bytes (removed)" if size not in (None, came) else ""


def _wrong(draft: Path, split: str) -> str:
    """What a download is in place of the pickle of a split, or nothing."""
    if (came := what_is(draft)) in ("an HTML page", "an empty file", "a Git LFS pointer"):
        return f"the download brought {came} (removed)"
    try:
        with tree(draft.parent) as found:
            read_split(found, draft.name, split)
    except RequestError as error:
        return f"the download is not what was expected (removed): {error}"
    return ""
