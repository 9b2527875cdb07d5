"""The report on a user's folder of images, for which every image is decoded."""

from collections import Counter

from fewshot.core.errors import some
from fewshot.data.readers.class_folders import Layout
from fewshot.data.readers.decode import decoded
from fewshot.data.readers.file_tree import Tree, endings
from fewshot.data.readers.image_file import loaded
from fewshot.data.readers.memory import room_for
from fewshot.data.readers.photo_bank import bits_of

KINDS = {
    "1": "black and white",
    "L": "grey",
    "I;16": "16 bits of grey",
    "I": "16 bits of grey",
    "P": "palette",
    "RGB": "colour",
}


def verify_folder(tree: Tree, layout: Layout, name: str) -> list[str]:
    """Lines for each split, for kinds and sizes, and for images that are damaged, and files not used or not read."""
    lines = [f"{name}: {layout.form}: {tree.place}"]
    lines += [f"{split or 'no split named'}: {_contents(classes)}" for split, classes in layout.splits.items()]
    lines += _uneven(layout)
    files = [file for classes in layout.splits.values() for own in classes.values() for file in own]

    def inspect(file: str) -> tuple[str, str]:
        with room_for(tree.read(file)) as image:
            kind, wide, high = image.mode, *image.size
            loaded(image)
        return KINDS.get(kind, kind), f"{wide} × {high}"

    found = [one for some_images in decoded(files, inspect, name) for one in some_images]
    damaged = [f"{file}: {one}" for file, one in zip(files, found, strict=True) if isinstance(one, str)]
    good = [one for one in found if not isinstance(one, str)]
    kinds, sizes = (Counter(one[place] for one in good) for place in (0, 1))
    lines.append(f"images: {_counted(kinds)}; {_counted(sizes)} pixels")
    bits, most = bits_of(files, tree.read, tree.start, name)
    if most:
        lines.append(f"16 bits of grey: values up to {most:,}, of which the upper 8 of {bits} bits are used")
    lines.append(f"damaged: {some(damaged, 10) if damaged else 'none'}")
    if unused := sorted(set(tree.images) - set(files)):
        lines.append(f"not used: {some(unused)}")
    if tree.others:
        lines.append(f"not read: {endings(tree.others)}")
    return lines


def _uneven(layout: Layout) -> list[str]:
    """A line on the smallest classes, where not all are of one size, and one on those without images."""
    counts = sorted((len(files), name) for classes in layout.splits.values() for name, files in classes.items())
    small = [f"{name}: {count:,}" for count, name in counts if count < counts[-1][0]]
    lines = [f"fewest images: {some(small, 5)} of {len(counts):,} classes"] if small else []
    return [*lines, *([f"no images: {some(sorted(layout.small))}"] if layout.small else [])]


def _contents(classes: dict[str, tuple[str, ...]]) -> str:
    counts = sorted(map(len, classes.values()))
    span = f"{counts[0]:,}" + (f" to {counts[-1]:,}" if counts[0] < counts[-1] else "")
    names = ", ".join(list(classes)[:3]) + ", …" * (len(classes) > 3)
    return f"{len(classes):,} classes of {span} images, {sum(counts):,} in all: {names}"


def _counted(counts: Counter) -> str:
    """The most common, with how many of each there are."""
    shown = [f"{number:,} {what}" for what, number in counts.most_common(4)]
    return ", ".join(shown) + (f" and {len(counts) - 4:,} others" if len(counts) > 4 else "")
