"""A made-up miniImageNet in full shape, 100 classes of 600 images, in each form that it circulates in.

`python tests/support/make_miniimagenet.py FOLDER --form pickles --side 84` makes one in FOLDER; the forms are images,
folders, pickles and ilsvrc, and `--zip` makes a zip file of it. Each class has its own colours and is easily learned.
`--classes 2 --images 3` makes a part of it, for what is to be refused.
"""

import argparse
import io
import pickle
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from fewshot.data.class_lists.miniimagenet import IMAGES, classes

FORMS = ("images", "folders", "pickles", "ilsvrc")
MORE = 3  # files of a class of ILSVRC that the lists leave out


def made_pixels(side: int, images: int = IMAGES, number: int = 0) -> np.ndarray:
    """Uint8 `[image side side 3]` of the class of this number: its colours in a pattern of its own, and noise."""
    draw = np.random.default_rng(number)
    pattern = draw.integers(0, 200, (4, 4, 3)).repeat(-(-side // 4), 0).repeat(-(-side // 4), 1)[:side, :side]
    return (pattern + draw.integers(0, 56, (images, side, side, 3))).astype(np.uint8)


def make(folder: Path, form: str, side: int = 8, images: int = IMAGES, most: int = 100) -> Path:
    """Write the first `most` classes of each split in a form, `images` of each, and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    number = 0
    for split, names in classes().items():
        chosen = names[:most]
        numbers = range(number, number + len(chosen))
        number += len(names)
        if form == "pickles":
            _pickle(folder / f"mini-imagenet-cache-{split}.pkl", chosen, numbers, side, images)
            continue
        if form != "folders":
            _list(folder / f"{split}.csv", chosen, images)
        for name, of_class in zip(chosen, numbers, strict=True):
            for file, content in _files(form, split, name, of_class, side, images):
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                (folder / file).write_bytes(content)
    return folder


def jpeg(pixels: np.ndarray) -> bytes:
    """The file of one image."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def zipped(folder: Path) -> Path:
    """A zip file in place of the folder."""
    file = folder.with_suffix(".zip")
    with zipfile.ZipFile(file, "w") as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder.parent))
    shutil.rmtree(folder)
    return file


def _files(form: str, split: str, name: str, number: int, side: int, images: int) -> Iterator[tuple[str, bytes]]:
    """Relative path and content of the images of one class."""
    count = images + (MORE if form == "ilsvrc" else 0)
    pixels = made_pixels(side, count, number)
    if form == "ilsvrc":  # as there, the numbers are no place in the list: it is sorted as text
        listed = sorted(f"{name}_{7 * one + 3}.JPEG" for one in range(count))
        names = [f"train/{name}/{one}" for one in listed]
    else:
        top = f"{split}/{name}" if form == "folders" else "images"
        names = [f"{top}/{name}{one + 1:08d}.jpg" for one in range(count)]
    yield from zip(names, map(jpeg, pixels), strict=True)


def _list(file: Path, names: tuple[str, ...], images: int) -> None:
    lines = [f"{name}{one + 1:08d}.jpg,{name}" for name in names for one in range(images)]
    file.write_text("\n".join(["filename,label", *lines]) + "\n")


def _pickle(file: Path, names: tuple[str, ...], numbers: range, side: int, images: int) -> None:
    pixels = np.concatenate([made_pixels(side, images, number) for number in numbers])
    indices = {name: list(range(place * images, (place + 1) * images)) for place, name in enumerate(names)}
    with file.open("wb") as out:
        pickle.dump({"image_data": pixels, "class_dict": indices}, out, protocol=2)


def main() -> None:
    """Make what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--form", choices=FORMS, default="images")
    parser.add_argument("--side", type=int, default=84, help="of each image, in pixels")
    parser.add_argument("--images", type=int, default=IMAGES, help="of each class")
    parser.add_argument("--classes", type=int, default=100, help="of each split, at most")
    parser.add_argument("--zip", action="store_true", help="a zip file in place of the folder")
    given = parser.parse_args()
    made = make(given.folder, given.form, given.side, given.images, given.classes)
    print(zipped(made) if given.zip else made)


if __name__ == "__main__":
    main()
