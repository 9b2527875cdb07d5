"""The folder or zip file that a user's path means."""

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.locations import listed, meant
from fewshot.data.readers.archive import what_is


def find_folder(path: str, folders: Sequence[Path]) -> Path:
    """The folder or zip file `path`, where `meant` finds it; the ending .zip can be left out.

    Raises `RequestError` with similar names if there is none, and for a file that is no zip archive.
    """
    for place in _places(path, folders):
        if place.is_dir():
            return place
        if place.is_file():
            if place.suffix.lower() == ".zip":
                return place
            raise RequestError(f"{place}: expected a folder or a zip file, got {what_is(place)}")
    places = meant(path, folders)
    there = [one.name for place in places if place.parent.is_dir() for one in place.parent.iterdir()]
    near = get_close_matches(Path(path).name, sorted(set(there)), n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    where = f"in {listed(folders)} or here" if len(places) > 1 else f"at {places[0]}"
    raise RequestError(f"folder:{path}: expected a folder or zip file {path} {where}, found none{hint}")


def _places(path: str, folders: Sequence[Path]) -> Iterator[Path]:
    for place in meant(path, folders):
        yield place
        if place.name:
            yield place.with_name(f"{place.name}.zip")
