"""The images of a spec: the banks it needs, and what is known of them before they are there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import torch

from fewshot.bank import ImageBank
from fewshot.bank_cache import by_authors
from fewshot.errors import RequestError, at
from fewshot.posed import posed
from fewshot.protocols import Protocol
from fewshot.registry import load
from fewshot.rng import random_bits
from fewshot.spec import Part, RunSpec


def load_bank(
    dataset: Part,
    protocol: Protocol,
    split: str,
    size: int | None,
    folders: Sequence[Path],
    *,
    shuffled: int | None = None,
) -> ImageBank:
    """The images of a split ("train", "train+val", …) of a protocol, as large as the data set keeps them for `size`.

    With `shuffled`, a seed, every image stands under the label of another drawn at random.
    """
    bank = load("datasets", dataset.name)(protocol.learned_from(split), size, folders, **dataset.options)
    if not isinstance(bank, ImageBank):
        raise RequestError(f"data set {dataset.name}: expected an ImageBank, got {type(bank).__name__}")
    if allowed := protocol.authors_in(split):
        bank = by_authors(bank, allowed)
    if shuffled is None:
        return bank
    order = random_bits(shuffled, "shuffled labels", torch.zeros(1, dtype=torch.int64), len(bank))[0].argsort()
    return replace(bank, pixels=bank.pixels[order])


def load_banks(spec: RunSpec, folders: Sequence[Path]) -> dict[str, ImageBank]:
    """The images that a spec needs, by split: what it is measured on, learned from and chosen by."""
    protocol = posed(spec.protocol, spec.dataset, folders)
    splits = [spec.stage, *(["val"] if protocol.verify else [])]
    if spec.training:
        splits += [spec.training.learn, *(["val"] if spec.training.select == "best_val" else [])]
    shuffled = spec.seed if spec.shuffled_labels else None
    return {
        split: load_bank(spec.dataset, protocol, split, spec.size, folders, shuffled=shuffled)
        for split in dict.fromkeys(splits)
    }


def skipped_in(banks: Mapping[str, ImageBank]) -> dict[str, int]:
    """How many damaged images were left out of each split, where any were."""
    return {split: bank.skipped for split, bank in banks.items() if bank.skipped}


def image_shape(spec: RunSpec) -> tuple[int, int, int]:
    """The shape of a spec's images, as it is known without them.

    Their channels are the data set's option or what it says beside itself, else one: grey.
    """
    kept = spec.dataset.options.get("channels") or getattr(load("datasets", spec.dataset.name), "channels", 1)
    return kept, spec.size, spec.size


def stored_side(spec: RunSpec) -> int:
    """The side of a spec's images as they are stored, which its data set may keep larger than they are used."""
    return spec.dataset.options.get("resize") or spec.size


def check_images(spec: RunSpec) -> None:
    """Refuse images that are stored smaller than they are used, and the statistics of colours for grey ones."""
    if (side := stored_side(spec)) < spec.size:
        with at("options", spec.dataset.name, "resize"):
            raise RequestError(f"resize: expected 0, or at least the {spec.size} px that are used, got {side}")
    if spec.normalise == "imagenet" and (channels := image_shape(spec)[0]) != 3:
        with at("normalise"):
            raise RequestError(f'normalise: expected "own" for images of {channels} channel, got "imagenet", of three')
