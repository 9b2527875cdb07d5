"""Checks of the banks that a data set returns: the classes, size and form that were requested, and no image twice."""

from collections.abc import Mapping, Sequence

import torch

from fewshot.core.checks import Size, sides
from fewshot.core.errors import RequestError, some
from fewshot.core.spec.run_spec import Part
from fewshot.data.bank import ImageBank
from fewshot.registry.lookup import find

NUMBERS = {"label": "a label", "group": "a group", "author": "an author"}

_apart: set[tuple[str, ...]] = set()  # digests of banks that this process has found apart


def check_bank(bank: object, dataset: Part, classes: Sequence[str], size: Size | None) -> None:
    """Raise `RequestError` for a bank of other classes, of another size or number of channels, or of a wrong form."""
    if not isinstance(bank, ImageBank):
        raise _wrong(dataset, "an ImageBank", type(bank).__name__)
    if bank.classes != tuple(classes):
        missing, more = (set(one) - set(other) for one, other in ((classes, bank.classes), (bank.classes, classes)))
        lacks = [f"{what} {some(sorted(names))}" for what, names in (("without", missing), ("with", more)) if names]
        got = " and ".join(lacks) or "these in another order"
        raise _wrong(dataset, f"the {len(classes):,} classes of the request, in its order", got)
    pixels = bank.pixels
    if pixels.dtype != torch.uint8 or pixels.ndim != 4:
        shape = "[image channel height width]"
        got = f"{str(pixels.dtype).removeprefix('torch.')} {list(pixels.shape)}"
        raise _wrong(dataset, f"pixels uint8 {shape}, from 0 to 255", got)
    channels = dataset.options.get("channels") or find("datasets", dataset.name).marks.channels
    side = dataset.options.get("resize") or size
    expected = [channels, *(sides(side) if side else pixels.shape[2:])]
    if list(bank.shape) != expected:
        mark = "" if bank.shape[0] == channels else f"; the channels stand in @dataset(channels={bank.shape[0]})"
        raise _wrong(dataset, f"images {expected}, as requested", f"{list(bank.shape)}{mark}")
    _check_numbers(bank, dataset)


def _check_numbers(bank: ImageBank, dataset: Part) -> None:
    """Check the numbers of classes, groups and authors of all images."""
    for (name, what), names in zip(NUMBERS.items(), (bank.classes, bank.groups, bank.authors), strict=True):
        numbers = getattr(bank, name)
        if list(numbers.shape) != [len(bank.pixels)] or numbers.dtype != torch.int64:
            got = f"{str(numbers.dtype).removeprefix('torch.')} {list(numbers.shape)}"
            raise _wrong(dataset, f"{what} int64 [{len(bank.pixels)}], one an image", got)
        if len(numbers) and not 0 <= int(numbers.min()) <= int(numbers.max()) < len(names):
            raise _wrong(dataset, f"{what} from 0 to {len(names) - 1}", f"{int(numbers.min())} to {int(numbers.max())}")
    if list(bank.forged.shape) != [len(bank.pixels)] or bank.forged.dtype != torch.bool:
        got = f"{str(bank.forged.dtype).removeprefix('torch.')} {list(bank.forged.shape)}"
        raise _wrong(dataset, f"forged bool [{len(bank.pixels)}], one an image", got)
    if len(bank.names) != len(bank):
        raise _wrong(dataset, f"a name of each of {len(bank):,} images, or none", f"{len(bank.names):,} names")
    if bool((bank.label.diff() < 0).any()):
        raise _wrong(dataset, "the images class by class, in the order of the classes", "classes that are interleaved")
    if bool(((2 * bank.label + bank.forged).diff() < 0).any()):
        raise _wrong(dataset, "the forgeries of each class after its genuine images", "them in between")
    if empty := [bank.classes[number] for number in (bank.count == 0).nonzero()[:, 0].tolist()]:
        raise _wrong(
            dataset,
            "a genuine image of every class" if bank.forged.any() else "an image of every class",
            f"none of {some(empty)}",
        )


def check_apart(banks: Mapping[str, ImageBank], dataset: Part) -> None:
    """Raise `RequestError` for an image that two splits hold, to the pixel; a split in another one is left out."""
    where: dict[str, str] = {}
    if (digests := tuple(sorted(bank.digest for bank in banks.values()))) in _apart:
        return
    whole = [split for split in banks if not any(split in other.split("+") for other in banks if other != split)]
    for split, bank in ((split, banks[split]) for split in whole):
        found = {bank.digest_of(image): f"{bank.names[image]} in {split}" for image in range(len(bank))}
        if twice := sorted(f"{where[one]} = {found[one]}" for one in where.keys() & found):
            raise _wrong(dataset, "no image in two splits", some(twice))
        where |= found
    _apart.add(digests)


def _wrong(dataset: Part, expected: str, got: str) -> RequestError:
    return RequestError(f"data set {dataset.name}: expected {expected}, got {got}")
