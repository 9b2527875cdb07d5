"""All files of a data set by name, in a folder, a zip file, or a folder with zip files in it.

`images.zip` counts as the folder `images`, and likewise zip files named after splits; another zip file counts if there
is nothing else. Names leave out a folder that holds everything.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from io import BufferedIOBase
from pathlib import Path, PurePosixPath

from fewshot.core.errors import RequestError, some
from fewshot.data.class_lists.names import split_of
from fewshot.data.readers.archive import Wanted, content_of, everything, streams, unpacked
from fewshot.data.readers.image_file import UNREADABLE, is_image, kind_of

LISTS = (".csv", ".pkl")
DEEPEST = 2  # folders above a list or a zip file that is read, at most


@dataclass(frozen=True)
class Tree:
    """The files of a data set at `place`: sorted names with slashes, each with a function to open it; and folders."""

    place: Path
    files: dict[str, Callable[[], BufferedIOBase]] = field(repr=False)
    folders: frozenset[str]
    images: tuple[str, ...]

    def read(self, name: str) -> bytes:
        """The content of a file."""
        return content_of(self.files[name]())

    def start(self, name: str) -> bytes:
        """The first 16 bytes of a file."""
        with self.files[name]() as file:
            return file.read(16)

    @property
    def others(self) -> tuple[str, ...]:
        """The names of all files that are neither images nor lists."""
        known = {*self.images}
        return tuple(name for name in self.files if name not in known and not name.lower().endswith(LISTS))

    @property
    def top(self) -> str:
        """The first names at the top level, in words."""
        names = sorted({name.split("/")[0] + "/" * ("/" in name) for name in self.files})
        return some(names, 5) if names else "nothing"


@contextmanager
def tree(path: Path, wanted: Wanted = everything) -> Iterator[Tree]:
    """The files of the folder or zip file at `path`; in a folder, only `wanted` ones."""
    with ExitStack() as stack:
        place = unpacked(path)
        names, folders, stream = stack.enter_context(streams(place, wanted))
        files = {name: partial(stream, name) for name in names if _counts(name)}
        folders = {name for name in folders if _counts(name)}
        for file in _mounted(place, files):
            inner, below, inside = stack.enter_context(streams(place / file))
            stem = PurePosixPath(file).stem
            files |= {f"{stem}/{name}": partial(inside, name) for name in inner if _counts(name)}
            folders |= {f"{stem}/{name}" for name in below if _counts(name)}
        images = {name for name, stream in files.items() if is_picture(name, stream)}
        top = _lone_top(files, images)
        kept = {name.removeprefix(top): files[name] for name in sorted(files) if name.startswith(top)}
        below = frozenset(name.removeprefix(top) for name in folders if name.startswith(top))
        yield Tree(path, kept, below, tuple(name for name in kept if top + name in images))


def is_picture(name: str, stream: Callable[[], BufferedIOBase]) -> bool:
    """Whether a file is an image by the ending of its name or, without an ending, by its first bytes."""
    if is_image(name):
        return True
    if PurePosixPath(name).suffix:
        return False
    with suppress(*UNREADABLE), stream() as file:
        return bool(kind_of(file.read(16)))
    return False


def may_count(name: str) -> bool:
    """Whether a name is one that a tree may be made of: of a folder, an image, a list or a zip file, none hidden."""
    suffix = PurePosixPath(name).suffix.lower()
    listed = suffix in (*LISTS, ".zip") and name.count("/") <= DEEPEST
    return _counts(name) and (name.endswith("/") or not suffix or is_image(name) or listed)


def endings(names: Iterable[str]) -> str:
    """The numbers of files by the ending of their names: "3 .txt, 1 without ending"."""
    counts = Counter(PurePosixPath(name).suffix.lower() or "without ending" for name in names)
    return ", ".join(f"{count:,} {ending}" for ending, count in counts.most_common())


def _counts(name: str) -> bool:
    """Whether a name has no hidden part."""
    return not any(part.startswith(".") for part in name.split("/"))


def _mounted(path: Path, files: dict[str, Callable]) -> list[str]:
    """The zip files in a folder that count as folders."""
    zips = [name for name in files if "/" not in name and name.lower().endswith(".zip")] if path.is_dir() else []
    there = {name.split("/")[0] for name in files if "/" in name}
    stems = {name: PurePosixPath(name).stem for name in zips}
    known = [name for name, stem in stems.items() if (stem == "images" or split_of(stem)) and stem not in there]
    if known or not zips or any(map(is_image, files)):
        return known
    if len(zips) > 1:
        raise RequestError(f"{path}: expected one zip file with all images, got {some(sorted(zips))}")
    return zips


def _lone_top(files: Iterable[str], images: Collection[str]) -> str:
    """The path of folders that holds everything, with a slash; a folder with only images is a class, not part of it."""
    top = ""
    while True:
        counted = [name for name in files if name.startswith(top) and (name in images or name.lower().endswith(LISTS))]
        below = [(name.removeprefix(top), name in images) for name in counted]
        firsts = {name.split("/")[0] for name, _ in below}
        deeper = any(name.count("/") > 1 or ("/" in name and not shown) for name, shown in below)
        if len(firsts) != 1 or not deeper or all(map(split_of, firsts)):
            return top
        top += f"{firsts.pop()}/"
