"""A survey of a folder of images: its classes, and the colours and sides of a sample of its images."""

from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from fewshot.core.errors import RequestError, some
from fewshot.data.readers.class_folders import find_layout
from fewshot.data.readers.decode import decoded
from fewshot.data.readers.file_tree import endings, tree
from fewshot.data.readers.image_file import largest_value, loaded
from fewshot.data.readers.memory import room_for
from fewshot.data.readers.photo_bank import bits_of

LOOKED = 1000  # images that are decoded at most, evenly spread over all


@dataclass(frozen=True)
class Survey:
    """The number of images of each class by split, or under "" without splits; `form` is their layout in words.

    `channels` is 1 if all decoded images are grey, else 3; `side` is the median of their shorter sides; `bits` are
    those that all 16-bit grey images use, 0 where the sample has none; `damaged` holds the unreadable images of each
    class with the reasons, and `others` counts files that are no images.
    """

    form: str
    counts: dict[str, dict[str, int]]
    channels: int
    side: int
    bits: int
    damaged: dict[str, tuple[str, ...]]
    others: str = ""

    @property
    def summary(self) -> str:
        """Form, classes and images in a line."""
        every = [count for own in self.counts.values() for count in own.values()]
        span = f"{min(every):,}" + (f" to {max(every):,}" if min(every) < max(every) else "")
        shown = f"{len(every):,} classes of {span} images, {sum(every):,} in all"
        colour = "grey" if self.channels == 1 else "colour"
        return f"{self.form}: {shown}; {colour}, the shorter side {self.side:,} px (median)"


def survey(place: Path, name: str) -> Survey:
    """The survey of the folder or zip file `place`; `name` is the label of the progress bar.

    Raises `RequestError` if no image can be read.
    """
    with tree(place) as found:
        layout, others = find_layout(found), endings(found.others)
        classes = [(split, one, files) for split, own in layout.splits.items() for one, files in own.items()]
        files = sorted(file for _, _, own in classes for file in own)
        chosen = files[:: -(-len(files) // LOOKED)]
        looks = [look for chunk in decoded(chosen, lambda file: _look(found.read(file)), name) for look in chunk]
        deep = any(look[2] for look in looks if not isinstance(look, str))
        bits = bits_of(files, found.read, found.start, name)[0] if deep else 0
    broken = {file: look for file, look in zip(chosen, looks, strict=True) if isinstance(look, str)}
    good = [look for look in looks if not isinstance(look, str)]
    if not good:
        shown = some(f"{file}: {why}" for file, why in sorted(broken.items()))
        raise RequestError(f"{place}: expected images that can be read; damaged: {shown}")
    counts = {split: {} for split in layout.splits}
    for split, one, own in classes:
        counts[split][one] = len(own)
    damaged = {
        one: tuple(f"{file}: {broken[file]}" for file in sorted(lost))
        for _, one, own in classes
        if (lost := broken.keys() & own)
    }
    channels = 1 if all(grey for grey, _, _ in good) else 3
    side = int(median(side for _, side, _ in good))
    return Survey(layout.form, counts, channels, side, bits, damaged, others)


def _look(content: bytes) -> tuple[bool, int, int]:
    """Whether an image is grey, its shorter side, and its largest value in 16-bit grey."""
    with room_for(content) as found:
        largest, _ = largest_value(found)
        image = loaded(found)
        pixels = np.asarray(image)
        return image.mode == "L" or bool((pixels == pixels[..., :1]).all()), min(image.size), largest
