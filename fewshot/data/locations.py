"""The folders that are searched for data sets, and the user's cache folder."""

import os
from collections.abc import Iterable
from pathlib import Path

from fewshot.core.errors import RequestError


def cache_folder() -> Path:
    """The user's cache folder: `$FEWSHOT_CACHE`, else `fewshot` in `$XDG_CACHE_HOME` or `~/.cache`."""
    if folder := os.environ.get("FEWSHOT_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fewshot"


def data_folders(data: Path | str | None = None) -> list[Path]:
    """The folders to search for data, best first: `data`, `$FEWSHOT_DATA`, `./data`, the user's cache folder.

    Raises `RequestError` if `data` or `$FEWSHOT_DATA` names a missing folder.
    """
    named = {"--data": data, "$FEWSHOT_DATA": os.environ.get("FEWSHOT_DATA")}
    for where, place in named.items():
        if place and not Path(place).is_dir():
            raise RequestError(f"{where}: expected a folder with data sets, but {place} is not there")
    return [*(Path(place) for place in named.values() if place), Path("data"), cache_folder() / "data"]


def meant(path: str, folders: Iterable[Path]) -> list[Path]:
    """The places that a user's path may mean, best first: below each of the folders, and then from here.

    A path that begins with ".", ".." or "~" is from here or from the home folder alone; "~name" is a name as others.
    """
    first = path.replace("\\", "/").split("/")[0]
    if first == "~":
        return [Path(path).expanduser()]
    return [*([] if first in (".", "..") else (Path(base) / path for base in folders)), Path(path)]


def listed(folders: Iterable[Path]) -> str:
    """The folders as text for a message, each once."""
    return ", ".join(dict.fromkeys(map(str, folders)))
