"""The four forms in which miniImageNet circulates, and checks that one is complete."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from fewshot.core.errors import RequestError, some
from fewshot.data.class_lists.miniimagenet import IMAGES, classes
from fewshot.data.class_lists.names import SPLIT_NAMES, split_of
from fewshot.data.datasets.miniimagenet.locate import WNID, split_of_pickle
from fewshot.data.readers.class_folders import Classes, find_layout, listed, lists_of, places
from fewshot.data.readers.file_tree import Tree

LISTED = re.compile(r"(n\d{8})(\d{8})\.\w+")


@dataclass(frozen=True)
class Form:
    """A form in words, and the files of each class by split, or the pickle of each split."""

    words: str
    splits: dict[str, Classes] = field(default_factory=dict)
    pickles: dict[str, str] = field(default_factory=dict)


def find_form(tree: Tree) -> Form:
    """The form of the files. Raises `RequestError` if they are in no known form or incomplete."""
    form = _form(tree)
    for split, images in form.splits.items():
        check_whole(tree.place, form.words, split, {name: len(files) for name, files in images.items()})
    return form


def _form(tree: Tree) -> Form:
    lists = lists_of(tree)
    if lists and tree.images:
        near, far = places(tree), _by_number(tree)
        splits = listed(tree, lists, lambda file: near(file) or far(file))
        own = all(PurePosixPath(file).name[9:10] != "_" for file in next(iter(splits["train"].values())))
        return Form(f"{'images' if own else 'ILSVRC-2012 folders'} and Ravi's lists", splits)
    tops = {name.split("/")[0] for name in tree.images if "/" in name}
    if {split_of(top) for top in tops} >= SPLIT_NAMES.keys():
        with_images = {name.rpartition("/")[0] for name in tree.images}
        strange = [name for name in tree.folders - with_images if WNID.fullmatch(name.rpartition("/")[2])]
        if strange:  # their content was not listed
            raise not_it(tree.place, "class folders by split", [f"not expected: {some(sorted(strange))}"])
        layout = find_layout(tree)
        return Form(layout.form, layout.splits)
    if pickles := _pickles(tree):
        return Form("cached pickles", pickles=pickles)
    forms = "images/ with train.csv, val.csv and test.csv, or class folders in train/, val/ and test/, or "
    forms += "mini-imagenet-cache-train.pkl, -val.pkl and -test.pkl, or the train/ folder of ILSVRC-2012 with the lists"
    raise RequestError(f"{tree.place}: expected miniImageNet as {forms}; got {tree.top}")


def _pickles(tree: Tree) -> dict[str, str]:
    found = {split: name for name in reversed(tree.files) if (split := split_of_pickle(name.split("/")[-1]))}
    if found and (missing := [split for split in classes() if split not in found]):
        words = ", ".join(f"mini-imagenet-cache-{split}.pkl" for split in missing)
        raise RequestError(f"{tree.place}: expected the cached pickles of three splits; missing: {words}")
    return {split: found[split] for split in classes()} if found else {}


def _by_number(tree: Tree) -> Callable[[str], str | None]:
    """A function from a listed image to its file in ILSVRC-2012: n0153282900000005.jpg is the fifth of the sorted files
    of n01532829."""
    folders: dict[str, dict[str, list[str]]] = {}
    for name in tree.images:
        *above, wnid, last = ("", *name.split("/"))
        if last.startswith(f"{wnid}_") and not {"val", "test"} & {*above}:
            folders.setdefault(wnid, {}).setdefault("/".join([*above, wnid]).lstrip("/"), []).append(name)

    def place(file: str) -> str | None:
        match = LISTED.fullmatch(file)
        found = folders.get(match[1], {}) if match else {}
        if len(found) > 1:
            raise RequestError(
                f"{tree.place}: expected one folder of ILSVRC-2012 for {match[1]}, got {', '.join(found)}"
            )
        number = int(match[2]) if match else 0
        return next((files[number - 1] for files in found.values() if 1 <= number <= len(files)), None)

    return place


def check_whole(place: Path, words: str, split: str, counts: Mapping[str, int]) -> None:
    """Raise `RequestError` unless a split has the classes of Ravi and Larochelle and 600 images of each."""
    expected = classes()[split]
    missing = [name for name in expected if name not in counts]
    other = [f"{name}: {counts[name]}" for name in expected if counts.get(name, IMAGES) != IMAGES]
    extra = sorted(set(counts) - set(expected))
    faults = [f"missing classes: {some(missing)}"] if missing else []
    faults += [f"classes without {IMAGES} images: {some(other)}"] if other else []
    faults += [f"not expected: {some(extra)}"] if extra else []
    if faults:
        raise not_it(place, words, [f"in {split} expected {len(expected)} classes × {IMAGES} images", *faults])


def not_it(place: Path, words: str, faults: Sequence[str]) -> RequestError:
    """The error for files that are not exactly miniImageNet."""
    return RequestError(
        f"{place} ({words}): {'; '.join(faults)}. So this is not miniImageNet; folder:{place} reads any images"
    )
