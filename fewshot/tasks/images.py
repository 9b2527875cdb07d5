"""The banks of images that a spec needs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from fewshot.core.checks import Oblong, Size, check_type, of_type, sides, size_of
from fewshot.core.errors import RequestError, of_part, unknown
from fewshot.core.rng import random_bits
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.data.bank import ImageBank
from fewshot.data.cache import by_authors
from fewshot.data.locations import data_folders
from fewshot.protocols import SPLITS, Protocol, asked_parts, protocol_of
from fewshot.registry.lookup import find, load
from fewshot.registry.resolved import Resolved
from fewshot.tasks.bank_checks import check_apart, check_bank
from fewshot.tasks.class_sizes import check_class_sizes, larger

NAMED = 5  # damaged images of a split in a record


def load_bank(
    dataset: Part,
    protocol: Protocol,
    split: str,
    size: Size | None,
    folders: Sequence[Path],
    *,
    shuffled: int | None = None,
    read: Callable[..., ImageBank] | None = None,
) -> ImageBank:
    """The images of a split ("train", "train+val", …) of a protocol, in the size that the data set stores for `size`.

    `read` is the data set's part if it is already imported. `shuffled` is a seed with which labels are permuted among
    the images.
    """
    classes = protocol.learned_from(split)
    check_sides(dataset, size)
    bank = (read or load("datasets", dataset.name))(classes, size, folders, **dataset.options)
    check_bank(bank, dataset, classes, size)
    if allowed := protocol.authors_in(split):
        bank = by_authors(bank, allowed)
    if shuffled is None:
        return bank
    order = random_bits(shuffled, "shuffled labels", torch.zeros(1, dtype=torch.int64), len(bank))[0].argsort()
    return replace(bank, pixels=bank.pixels[order], names=tuple(bank.names[number] for number in order.tolist()))


def load_banks(parts: Resolved, folders: Sequence[Path]) -> tuple[Protocol, dict[str, ImageBank]]:
    """The protocol of a spec, and the images of each split that the spec trains on, selects by or evaluates on.

    Raises `RequestError` for classes with fewer images than their tasks need if an option can leave these out. With
    lists of named pairs, the classes with fewer are not learned from.
    """
    spec = parts.spec
    protocol = protocol_of(spec, folders)
    splits = splits_of(spec, protocol)
    shuffled = spec.seed if spec.shuffled_labels else None
    banks = {
        split: load_bank(spec.dataset, protocol, split, spec.size, folders, shuffled=shuffled, read=parts.dataset)
        for split in (*splits, *(["val"] if chooses_on_val(spec, protocol) and "val" not in splits else []))
    }
    check_class_sizes(spec.dataset, protocol, {split: banks[split] for split in splits}, spec.training)
    if (spec.dataset.sha256 or find("datasets", spec.dataset.name).family) and not protocol.lists:  # of a user
        check_apart(banks, spec.dataset)
    if protocol.lists and (recipe := spec.training):
        banks[recipe.learn] = larger(banks[recipe.learn], recipe.shape.shot + recipe.shape.query)[0]
    return protocol, banks


def splits_of(spec: RunSpec, protocol: Protocol) -> list[str]:
    """The splits with whose tasks a spec learns, selects and is measured."""
    splits = [spec.stage, *(["val"] if protocol.verify else [])]
    if spec.training:
        splits += [spec.training.learn, *(["val"] if spec.training.select == "best_val" else [])]
    return list(dict.fromkeys(splits))


def chooses_on_val(spec: RunSpec, protocol: Protocol) -> bool:
    """True if a spec's network chooses operating points on pairs of val, from which it has not learned."""
    learned = spec.training.learn.split("+") if spec.training else ()
    there = (protocol.pairs > 0 or protocol.forgeries) and bool(protocol.classes.get("val"))
    return spec.stage == "test" and there and "val" not in learned


def skipped_in(banks: Mapping[str, ImageBank]) -> dict[str, int]:
    """The number of damaged images left out of each split, for the splits with any."""
    return {split: bank.skipped for split, bank in banks.items() if bank.skipped}


def damaged_in(banks: Mapping[str, ImageBank]) -> dict[str, list[str]]:
    """The files of the first damaged images left out of each split, for the splits that name any."""
    return {split: list(bank.damaged)[:NAMED] for split, bank in banks.items() if bank.damaged}


def image_shape(parts: Resolved) -> tuple[int, int, int]:
    """The shape of a spec's images, known without reading any: channels are the data set's option or else its mark."""
    spec = parts.spec
    kept = spec.dataset.options.get("channels") or parts.dataset.marks.channels
    height, width = sides(spec.size)
    return kept, height, width


def stored_size(spec: RunSpec) -> Size:
    """The size in which a spec's images are stored, which may be larger than the size that is used."""
    return spec.dataset.options.get("resize") or spec.size


def check_images(parts: Resolved) -> None:
    """Raise `RequestError` for options of the data set that are out of range, images stored smaller than they are used,
    or colour statistics for grey images."""
    spec = parts.spec
    check_sides(spec.dataset, spec.size)
    if (stored := stored_size(spec)) != spec.size and min(sides(stored)) < max(sides(spec.size)):
        small = f"resize: expected 0, or at least the {spec.size} px that are used, got {stored}"
        raise RequestError(small, "options", spec.dataset.name, "resize")
    if stored != spec.size and isinstance(spec.size, Oblong):
        square = f"resize: expected 0 with images of {spec.size}, as larger ones are stored in squares, got {stored}"
        raise RequestError(square, "options", spec.dataset.name, "resize")
    if spec.normalise == "imagenet" and (channels := image_shape(parts)[0]) != 3:
        grey = f'normalise: expected "own" for images of {channels} channel, got "imagenet", of three'
        raise RequestError(grey, "normalise")
    if parts.dataset.check:
        with of_part("dataset", spec.dataset.name):
            parts.dataset.check(spec.size, **spec.dataset.options)


def check_sides(dataset: Part, size: Size | None) -> None:
    """Refuse a height and a width that differ for a data set of squares."""
    if isinstance(size, Oblong) and not getattr(find("datasets", dataset.name).marks, "oblong", False):
        squares = f"{dataset.name} has square images: expected one number of pixels, got {list(size)}"
        raise RequestError(f"size: {squares}", "size")


def given_size(
    size: int | Sequence[int] | None, options: dict[str, dict] | None, data: Path | str | None
) -> Size | None:
    """A caller's size; the types of options and data folder are checked with it."""
    of_type(dict | None, options=options)
    of_type(str | Path | None, data=data)
    for part, own in (options or {}).items():
        check_type("part of options", part, str)
        check_type(f"options of {part}", own, dict)
        for name in own:
            check_type(f"name of an option of {part}", name, str)
    return None if size is None else size_of(size, None)


def load_split(
    dataset: str,
    protocol: str,
    split: str = "train",
    *,
    size: int | Sequence[int] | None = None,
    options: dict[str, dict] | None = None,
    data: Path | str | None = None,
) -> ImageBank:
    """The images of one split of a protocol ("train", "val", "test" or "train+val"); `size` None keeps the native size.

    A protocol without a data set takes any; options are grouped by part as in a suite:
    `load_split("folder:faces", "held_out", options={"folder:faces": {"split": "0.6/0.2/0.2"}})`.

    >>> import fewshot
    >>> fewshot.load_split("typefaces", "scripts", "val")
    ImageBank(images: 1,320, classes: 110, groups: 2, authors: 4, size: 1 × 28 × 28, device: cpu)
    """
    of_type(str, dataset=dataset, protocol=protocol, split=split)
    own = given_size(size, options, data)
    names = split.split("+")
    for name in names:
        if name not in SPLITS:
            raise unknown("split", name, SPLITS)
    if len({*names}) < len(names):
        raise RequestError(f"split: expected each once, got {split}")
    folders = data_folders(data)
    _, images, found = asked_parts(protocol, dataset, options, folders)
    return load_bank(images, found, split, own, folders)
