"""Where an archive of Omniglot lies, zipped or unpacked."""

from collections.abc import Iterator, Sequence
from pathlib import Path

SUBFOLDERS = ("omniglot", "omniglot-py", ".")  # the second is torchvision's


def places(name: str, folders: Sequence[Path]) -> Iterator[Path]:
    """Every path where the archive `name` (`images_background`, …) may lie, best first."""
    for folder in folders:
        for subfolder in SUBFOLDERS:
            yield Path(folder) / subfolder / f"{name}.zip"
            yield Path(folder) / subfolder / name
