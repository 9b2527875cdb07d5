"""An archive of Omniglot, found or fetched."""

import hashlib
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.notices import note
from fewshot.data.datasets.omniglot.content import Half, halves
from fewshot.data.locations import cache_folder, listed
from fewshot.data.readers.archive import what_is
from fewshot.data.readers.download import download

SUBFOLDERS = ("omniglot", "omniglot-py", ".")  # the second is torchvision's


def fetch_archives(folders: Sequence[Path]) -> None:
    """Download the missing archives."""
    for half in halves():
        find_or_fetch(half, folders)


def find_or_fetch(half: Half, folders: Sequence[Path]) -> Path:
    """The first zip file or folder of `half` in `folders`, or else a download into the last folder.

    A file in the cache folder that is no zip archive is removed first. Raises `RequestError` if the download fails.
    """
    for path in places(half.name, folders):
        if path.is_file() and _is_ours(path) and not zipfile.is_zipfile(path):
            note(f"removed {path}: expected a zip archive, got {what_is(path)}")
            path.unlink()
        elif path.exists():
            return path
    target = Path(folders[-1]) / "omniglot" / f"{half.name}.zip"
    if reason := download(half.url, target, lambda draft: _wrong(half, draft)):
        raise RequestError(
            f"Omniglot: expected {half.name}.zip or {half.name}/ in {listed(folders)} (there or below omniglot/), "
            f"found neither, and {reason}. Fetch {half.url} and name its folder by --data DIR or $FEWSHOT_DATA"
        )
    return target


def places(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    """Every path at which the archive `name` (`images_background`, …) is searched, best first."""
    for folder in folders:
        for subfolder in SUBFOLDERS:
            yield Path(folder) / subfolder / f"{name}.zip"
            yield Path(folder) / subfolder / name


def _wrong(half: Half, draft: Path) -> str:
    """The reason why a download is not the official archive, or ""."""
    if not zipfile.is_zipfile(draft):
        return f"the download was {what_is(draft)} (removed)"
    same = hashlib.md5(draft.read_bytes(), usedforsecurity=False).hexdigest() == half.md5
    return "" if same else f"the download has another MD5 than {half.md5} (removed)"


def _is_ours(path: Path) -> bool:
    return path.resolve().is_relative_to(cache_folder().resolve())
