"""The removal or refusal of classes with too few images."""

from dataclasses import replace
from pathlib import Path

from fewshot.core.checks import between
from fewshot.core.errors import RequestError, some
from fewshot.data.readers.class_folders import Layout


def without_small(layout: Layout, least: int, place: Path) -> Layout:
    """Return the layout without the classes of fewer than `least` images, which its `small` then holds.

    Raises `RequestError` for a class without images if `least` is 0, and for a split with no class left.
    """
    between(0, None, min_images=least)
    found = [(name, files) for classes in layout.splits.values() for name, files in classes.items()]
    small = {name: files for name, files in found if len(files) < max(1, least)}
    if small and not least:
        hint = "min_images = 1 leaves such classes out"
        raise RequestError(f"{place}: expected images in the folder of every class; none in {some(small)}; {hint}")
    splits = {}
    for split, classes in layout.splits.items():
        splits[split] = {name: files for name, files in classes.items() if name not in small}
        if not splits[split]:
            largest = max(classes, key=lambda name: len(classes[name]))
            expected = f"expected classes of at least {least:,} images{f' in {split}' if split else ''}"
            raise RequestError(
                f"{place}: min_images: {expected}, got none: the largest, {largest}, has {len(classes[largest]):,}"
            )
    return replace(layout, splits=splits, small=small)
