"""Where a folder or zip file of images lies that a user names."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from fewshot.datasets._archive import what_is
from fewshot.errors import RequestError


def find_folder(path: str, folders: Sequence[Path]) -> Path:
    """The folder or zip file `path`, below one of `folders` or as it stands; the ending .zip can be left out.

    Raises `RequestError` with near names when there is none, and for a file that is no zip archive.
    """
    for place in _places(path, folders):
        if place.is_dir():
            return place
        if place.is_file():
            if place.suffix.lower() == ".zip":
                return place
            raise RequestError(f"{place}: expected a folder or a zip file, got {what_is(place)}")
    looked = ", ".join(dict.fromkeys(str(folder) for folder in folders))
    there = [one.name for folder in folders if Path(folder).is_dir() for one in Path(folder).iterdir()]
    near = get_close_matches(path, sorted(set(there)), n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise RequestError(f"folder:{path}: expected a folder or zip file {path} in {looked} or here, found none{hint}")


def _places(path: str, folders: Sequence[Path]) -> Iterator[Path]:
    for base in (*map(Path, folders), Path()):
        place = base / Path(path).expanduser()
        yield place
        if place.name:
            yield place.with_name(f"{place.name}.zip")
