"""The characters of Omniglot by name, and the file names of their images."""

import tomllib
from functools import cache
from pathlib import Path

DRAWERS = 20
VAL = ("Armenian", "Bengali", "Early_Aramaic", "Hebrew", "Mkhedruli_(Georgian)")  # the usual five of the background


def background_classes() -> tuple[str, ...]:
    """The 964 characters of images_background as `Alphabet/characterNN`, sorted."""
    return classes_of("background")


def evaluation_classes() -> tuple[str, ...]:
    """The 659 characters of images_evaluation as `Alphabet/characterNN`, sorted."""
    return classes_of("evaluation")


def classes_of(half: str) -> tuple[str, ...]:
    """The characters of "background" or "evaluation", sorted."""
    return tuple(
        f"{alphabet}/character{number:02d}"
        for alphabet, (count, _) in _alphabets()[half].items()
        for number in range(1, count + 1)
    )


def images_of(half: str) -> tuple[str, ...]:
    """The images of "background" or "evaluation" as `Alphabet/characterNN/NNNN_DD.png`, sorted: 20 a character."""
    return tuple(
        f"{alphabet}/character{number:02d}/{first + number - 1:04d}_{drawer:02d}.png"
        for alphabet, (count, first) in _alphabets()[half].items()
        for number in range(1, count + 1)
        for drawer in range(1, DRAWERS + 1)
    )


@cache
def _alphabets() -> dict[str, dict[str, tuple[int, int]]]:
    table = tomllib.loads((Path(__file__).parent / "omniglot.toml").read_text(encoding="utf-8"))
    return {
        half: {name: (entry["characters"], entry["first"]) for name, entry in sorted(alphabets.items())}
        for half, alphabets in table.items()
    }
