"""Letters of five scripts in the typefaces that matplotlib ships: 28 × 28, nothing to download.

A class is a letter, a group a script, an author a font family, and the images of a letter by a family are its styles
(regular, bold, italic). Letters that look alike (A of Latin, Greek and Cyrillic) are one class. The pixels depend a
little on the versions of matplotlib, Pillow and FreeType, so the digest of a bank is recorded but not enforced.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.cache import cached
from fewshot.data.class_lists.typefaces import class_names
from fewshot.data.datasets import dataset
from fewshot.data.datasets.typefaces.glyphs import FACES, FAMILIES, draw, prepare, prepare_tensors, versions

NATIVE = 28


def locate(folders: Sequence[Path]) -> str:
    """A line with the number of letters, which need no files."""
    return f"{len(class_names()):,} letters, drawn from the fonts of matplotlib {versions()['matplotlib']}"


def verify(folders: Sequence[Path]) -> list[str]:
    """Draw every letter and report the digest, which depends on the installed versions and has no expected value."""
    bank = typefaces(class_names(), NATIVE, folders)
    made_with = ", ".join(f"{name} {version}" for name, version in versions().items())
    content = f"{len(bank):,} images of {len(bank.classes):,} letters, sha256 {bank.digest[:16]}…"
    return [f"typefaces: {content}, made with {made_with}"]


@dataset(
    locate=locate,
    verify=verify,
    prepare=prepare,
    prepare_tensors=prepare_tensors,
    class_word="letters",
    group_word="scripts",
    ink=(28, 14, 2),
)
def typefaces(classes: Sequence[str], size: int | None, folders: Sequence[Path]) -> ImageBank:
    """The letters `classes` ("Latin/A"), each in up to 16 faces of 4 families; `folders` are not used.

    Raises `RequestError` for an unknown class and for a letter that the installed fonts lack.
    """
    known = frozenset(class_names())
    for name in classes:
        if name not in known:
            raise RequestError(f"typefaces: expected one of its {len(known)} classes, such as 'Latin/A', got {name!r}")
    key = {"classes": list(classes), "size": size or NATIVE, "revision": typefaces.marks.revision, **versions()}
    return cached("typefaces", key, lambda: _build(classes, size or NATIVE))


def _build(classes: Sequence[str], size: int) -> ImageBank:
    scripts, letters = zip(*(name.split("/") for name in classes), strict=True)
    drawn = [draw(face, letters, size) for face in FACES]
    pixels = np.stack([pixels for pixels, _ in drawn], axis=1)  # [letter face size size]
    found = np.stack([found for _, found in drawn], axis=1)  # [letter face]
    for name, anywhere in zip(classes, found.any(axis=1), strict=True):
        if not anywhere:
            installed = f"matplotlib {versions()['matplotlib']}"
            raise RequestError(f"typefaces: expected {name} in the fonts of {installed}, which lack it")
    groups = tuple(dict.fromkeys(scripts))
    family = np.repeat(np.arange(len(FAMILIES)), [len(faces) for faces in FAMILIES.values()])
    label, face = found.nonzero()
    return make_bank(
        pixels[found][:, None],
        label,
        np.array([groups.index(script) for script in scripts])[label],
        family[face],
        classes=tuple(classes),
        groups=groups,
        authors=tuple(FAMILIES),
        names=[f"{classes[one]}/{FACES[by]}" for one, by in zip(label.tolist(), face.tolist(), strict=True)],
    )
