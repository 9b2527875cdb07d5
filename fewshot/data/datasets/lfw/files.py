"""The files of Labeled Faces in the Wild as users have them: `NAME/NAME_NNNN.jpg` in an archive or a folder."""

import gzip
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.data.locations import listed
from fewshot.data.readers.archive import fingerprint, opened

PLACES = {  # by the kind of images, below lfw/ or a folder of data
    "funneled": ("lfw-funneled.tgz", "lfw-funneled.tar.gz", "lfw_funneled", "lfw-funneled"),
    "original": ("lfw.tgz", "lfw.tar.gz", "lfw"),
    "detected": ("lfw_faces84.zip", "lfw_faces84"),
}
KINDS = tuple(PLACES)
COUNTS = {"funneled": (13_233, 5_749), "original": (13_233, 5_749), "detected": (12_794, 5_616)}  # images, people
IMAGE = re.compile(r"(?:^|/)([^/]+)/(\1_\d{4})\.jpg$")
LARGEST = 2**22  # bytes of one image
Read = Callable[[], bytes]


def place_of(kind: str, folders: Sequence[Path]) -> Path | None:
    """The archive or folder with images of this kind; None where there is none."""
    for base in map(Path, folders):
        for name in PLACES[kind]:
            for place in (base / "lfw" / name, base / name):
                if place.is_file() or (place.is_dir() and _has_people(place)):
                    return place
    return None


def _has_people(folder: Path) -> bool:
    """False for a folder that only holds archives, as `lfw/` itself may."""
    return any(IMAGE.search(f"{one.parent.name}/{one.name}") for one in folder.glob("*/*_0001.jpg"))


def find(kind: str, folders: Sequence[Path]) -> Path:
    """The archive or folder with images of this kind. Raises `RequestError` that names the kinds that are there."""
    if place := place_of(kind, folders):
        return place
    there = [f'images = "{other}"' for other in KINDS if place_of(other, folders)]
    expected = f"expected {' or '.join(PLACES[kind][:3])} in {listed(folders)} (there or below lfw/), found none"
    hint = f"; there are files for {' and '.join(there)}" if there else ""
    raise RequestError(f'lfw: images = "{kind}": {expected}{hint}', "images")


def people(place: Path) -> dict[str, tuple[str, ...]]:
    """The names of each person's images ("Abel_Pacheco_0001"), in the order of their names; nothing is decoded."""
    return _people(place, str(stamp(place)))


def stamp(place: Path) -> list:
    """Plain values that change with the archive or the folder; no content is read."""
    if place.is_file() and place.suffix != ".zip":
        state = regular(place).stat()
        return [str(place.resolve()), state.st_size, state.st_mtime_ns]
    return fingerprint(place)


@lru_cache(maxsize=8)
def _people(place: Path, state: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for person, image, _ in images(place):
        found.setdefault(person, []).append(image)
    if not found:
        raise RequestError(f"{place}: expected images NAME/NAME_0001.jpg, found none")
    return {person: tuple(sorted(found[person])) for person in sorted(found)}


def images(place: Path) -> Iterator[tuple[str, str, Read]]:
    """The person and the name of each image, and a function that reads it before the next one is asked for.

    Raises `RequestError` for an archive that is damaged or of another kind, and for an image that stands there twice.
    """
    met: set[str] = set()
    for person, image, read in (_of_tar if place.is_file() and place.suffix != ".zip" else _of_tree)(place):
        if image in met:
            raise RequestError(f"{place}: expected each image once, got {image} twice")
        met.add(image)
        yield person, image, read


def _of_tar(place: Path) -> Iterator[tuple[str, str, Read]]:
    try:
        with gzip.open(regular(place)) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
            for member in archive:
                if member.isfile() and (named := IMAGE.search(member.name)):
                    yield named[1], named[2], lambda member=member: _of_member(archive, member)
            while packed.read(LARGEST):  # to its end, where its checksum is
                pass
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise RequestError(f"{place}: expected a whole tar archive of faces, got: {error}") from error


def _of_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read(LARGEST) if file else b""


def _of_tree(place: Path) -> Iterator[tuple[str, str, Read]]:
    with opened(place) as (names, read):
        for name in sorted(names):
            if named := IMAGE.search(name):
                yield named[1], named[2], lambda name=name: read(name)
