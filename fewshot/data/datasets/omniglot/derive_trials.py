"""The index of the official trials, derived from all_runs.zip by matching its 800 images against images_evaluation.

`python -m fewshot.data.datasets.omniglot.derive_trials FOLDER` prints `class_lists/omniglot_trials.toml`.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.omniglot_trials import Run
from fewshot.data.datasets.omniglot.content import Half, Packed, halves
from fewshot.data.datasets.omniglot.decode import decode, pack
from fewshot.data.datasets.omniglot.download import SUBFOLDERS
from fewshot.data.readers.archive import opened
from fewshot.data.readers.image_file import UNREADABLE

SHA256 = "437c1eeab0af8484112e1b4cc0f3d541ec727f7c47b9b202da738af9dfd6c325"  # of the official all_runs.zip
RUNS = TRIALS = 20


def find_runs(folders: Sequence[Path]) -> Path | None:
    """The first all_runs.zip in `folders`."""
    paths = (Path(folder) / subfolder / "all_runs.zip" for folder in folders for subfolder in SUBFOLDERS)
    return next((path for path in paths if path.is_file()), None)


def derive_runs(path: Path, half: Half, packed: Packed) -> tuple[Run, ...]:
    """The runs in the archive at `path`, whose images are among `packed`, the pixels of `half`.

    Raises `RequestError` if an image is unreadable or not exactly once in `half`, or if a run is not 20 characters of
    one alphabet by one drawer against the same characters by another.
    """
    places: dict[bytes, list[str]] = {}
    for image, pixels in zip(half.images, packed, strict=True):
        places.setdefault(pixels.tobytes(), []).append(image)
    with opened(path) as (_, read):

        def find(name: str) -> str:
            try:
                found = places.get(pack(read(name)).tobytes(), [])
            except UNREADABLE as error:
                raise RequestError(f"{path}: expected the image {name}, got {error}") from error
            if len(found) != 1:
                raise RequestError(f"{path}: expected {name} once in {half.name}, found it {len(found)} times")
            return found[0]

        return tuple(_run(f"run{number:02d}", find, read, path) for number in range(1, RUNS + 1))


def _run(name: str, find: Callable[[str], str], read: Callable[[str], bytes], path: Path) -> Run:
    numbers = range(1, TRIALS + 1)
    sides = [[find(f"{name}/{kind}{number:02d}.png") for number in numbers] for kind in ("training/class", "test/item")]
    support, query = (tuple(image.rsplit("/", 1)[0] for image in side) for side in sides)
    alphabets = {image.split("/")[0] for side in sides for image in side}
    drawers = [{int(image[-6:-4]) for image in side} for side in sides]
    try:
        pairs = dict(line.split() for line in read(f"{name}/class_labels.txt").decode().splitlines() if line.strip())
    except UNREADABLE as error:
        raise RequestError(f"{path}: expected {name}/class_labels.txt with two names a line, got {error}") from error
    answer = {
        f"{name}/test/item{item + 1:02d}.png": f"{name}/training/class{support.index(character) + 1:02d}.png"
        for item, character in enumerate(query)
        if character in support
    }
    whole = len(set(support)) == len(set(query)) == TRIALS and answer == pairs
    if not whole or len(alphabets) != 1 or any(len(side) != 1 for side in drawers) or drawers[0] == drawers[1]:
        raise RequestError(
            f"{path}: expected {name} to hold 20 characters of one alphabet by two drawers, labelled as they match; "
            f"got {len(set(support))} and {len(set(query))} characters of {sorted(alphabets)}, drawers {drawers}, "
            f"{'the same' if answer == pairs else 'other'} labels"
        )
    return Run(alphabets.pop(), drawers[0].pop(), drawers[1].pop(), support, query)


def as_toml(runs: Sequence[Run]) -> str:
    """The text of `omniglot_trials.toml`."""
    lines = ["# The official one-shot trials: character numbers in the order class01 … class20 (support) and item01 …"]
    lines += [f"# item20 (query). Derived from all_runs.zip (sha256 {SHA256})", f"# by python -m {__spec__.name}."]
    for run in runs:
        lines += ["", "[[run]]", f'alphabet = "{run.alphabet}"']
        lines += [f"{key} = {getattr(run, key)}" for key in ("support_drawer", "query_drawer")]
        for side in ("support", "query"):
            lines.append(f"{side} = {[int(name[-2:]) for name in getattr(run, side)]}")
    return "\n".join(lines) + "\n"


def main(folder: str) -> None:
    """Derive the index from the archives in `folder` and write it to standard output."""
    half, here = halves()[1], Path(folder)
    sys.stdout.write(as_toml(derive_runs(here / "all_runs.zip", half, decode(half, here / f"{half.name}.zip"))))


if __name__ == "__main__":
    main(sys.argv[1])
