"""The program that makes the list of the letters of `typefaces`, run by `python -m`."""

import unicodedata

import numpy as np
from jaxtyping import Bool, Float32

from fewshot.data.class_lists.typefaces import LIST
from fewshot.data.datasets.typefaces.glyphs import FACES, characters, draw, versions

SCRIPTS = ("Latin", "Greek", "Cyrillic", "Armenian", "Georgian")  # of letters that look alike, the first is kept
ENOUGH_FACES = 12
SIDE = 56  # pixels: letters are compared at twice their native size, where half a pixel of position matters less


# Largest squared difference of two drawings that look alike, over the squared norm of the heavier one.
WITHIN = 0.02  # in one script, where an accent makes another letter: the same drawing
SAME = 0.005  # in any one face, where a task could not tell them apart (Latin ĸ and Greek κ in DejaVu Sans Mono)
ACROSS = 0.09  # across scripts: nearly the same drawing (Cyrillic з and Latin ɜ, Armenian Փ and Cyrillic Ф)


def candidates() -> list[str]:
    """The letters of the five scripts in at least twelve faces, by script and code point, without modifier letters."""
    has = [characters(face) for face in FACES]
    found = {
        letter
        for letter in frozenset.union(*has)
        if unicodedata.category(letter) in ("Lu", "Lt", "Ll", "Lo")
        and unicodedata.is_normalized("NFC", letter)  # so that no editor changes the list
        and script(letter) in SCRIPTS
        and sum(letter in face for face in has) >= ENOUGH_FACES
    }
    return sorted(found, key=lambda letter: (SCRIPTS.index(script(letter)), letter))


def script(letter: str) -> str:
    """The first word of the character's Unicode name: "Latin" for A."""
    return unicodedata.name(letter, "?").split()[0].capitalize()


def without_look_alikes(letters: list[str]) -> list[str]:
    """The letters without those that look like an earlier one of the list."""
    alike = look_alike(letters)
    kept: list[int] = []
    for number in range(len(letters)):
        if not alike[number, kept].any():
            kept.append(number)
    return [letters[number] for number in kept]


def look_alike(letters: list[str]) -> Bool[np.ndarray, "letter letter"]:
    """Whether two letters look alike in at least half of the faces that have both, or are the same in any of them."""
    scripts = np.array([script(letter) for letter in letters])
    limit = np.where(scripts[:, None] == scripts, WITHIN, ACROSS)
    shared = np.zeros(limit.shape, int)
    close = np.zeros(limit.shape, int)
    same = np.zeros(limit.shape, bool)
    for face in FACES:
        pixels, found = draw(face, letters, SIDE)
        both = found[:, None] & found
        shared += both
        apart = difference(pixels.reshape(len(letters), -1).astype(np.float32) / 255)
        close += both & (apart <= limit)
        same |= both & (apart <= SAME)
    return (shared > 0) & (2 * close >= shared) | same


def difference(drawing: Float32[np.ndarray, "letter pixel"]) -> Float32[np.ndarray, "letter letter"]:
    """Squared distance of all pairs over the larger of the two squared norms: 0 for the same drawing."""
    product = drawing @ drawing.T
    norm = np.diag(product)
    return (norm[:, None] + norm - 2 * product) / np.maximum(np.maximum(norm[:, None], norm), 1)


def as_toml(letters: list[str]) -> str:
    """The text of the list's file, with a note on how it was made."""
    made_with = ", ".join(f"{name} {version}" for name, version in versions().items())
    lines = [
        f"# The {len(letters)} letters of `typefaces`: those in at least {ENOUGH_FACES} of the {len(FACES)} faces.",
        "# Of letters that look alike, within a script or across scripts, the first one of this file stays.",
        f"# Made with {made_with},",
        f"# Unicode {unicodedata.unidata_version} by: python -m fewshot.data.datasets.typefaces.make_class_list",
    ]
    for name in SCRIPTS:
        own = "".join(letter for letter in letters if script(letter) == name)
        rows = [f'  "{own[start : start + 64]}",' for start in range(0, len(own), 64)]
        lines += ["", f"{name} = [  # {len(own)}", *rows, "]"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    LIST.write_text(as_toml(without_look_alikes(candidates())), encoding="utf-8")
