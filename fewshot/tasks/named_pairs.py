"""Named pairs as images of a bank: found by file or number, and held to the bank's classes and forgeries."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.errors import RequestError, some
from fewshot.core.spec.names import FORGED, RANDOM
from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.names import composed
from fewshot.data.pair_list import NamedPair
from fewshot.protocols import Protocol
from fewshot.records.answers import PairClasses, PairList
from fewshot.tasks.sampler import TaskIndices

KINDS = {True: "same", False: "different"}


@dataclass(frozen=True)
class VerificationPairs:
    """The pairs of a stage as numbers of images, left and right. Drawn ones are compared within `tasks`, which hold
    them; named ones have the `notes` of their list."""

    same: Int64[Tensor, "same 2"]
    different: Int64[Tensor, "different 2"]
    tasks: TaskIndices | None = None
    notes: PairList | None = None

    def alone(self, bank: ImageBank) -> TaskIndices:
        """A task of one image and one other for each pair, those of one class first.

        Left is the support, as in training the genuine image of a forged pair is.
        """
        support, query = torch.cat([self.same, self.different]).T[..., None, None]
        return TaskIndices(support, query, bank.label[support[..., 0]])

    def classes(self, bank: ImageBank) -> PairClasses:
        """The classes of the pairs."""
        return PairClasses(bank.label[self.same[:, 0]].tolist(), [*map(tuple, bank.label[self.different].tolist())])


def named_pairs(bank: ImageBank, protocol: Protocol, stage: str) -> VerificationPairs:
    """The pairs of a stage's list, in its order, those of one class first.

    Those with a missing image are counted, or refused where the protocol says so. Raises `RequestError` for a pair
    whose kind is not that of its images, and where no pair of a kind is left.
    """
    found, failed, place = _Found(), [], _places(bank)
    forged = bank.forged.tolist()
    label = bank.label.tolist()
    for pair in protocol.named_pairs(stage):
        images = [place.get(name) for name in (pair.left, pair.right)]
        if -1 in images:
            name = (pair.left, pair.right)[images.index(-1)]
            raise RequestError(f"pairs of {stage}, line {pair.line}: expected one image, got several of {name}")
        if None in images:
            failed.append(pair)
            continue
        if wrong := _wrong(pair, images, label, forged, bank):
            raise RequestError(f"pairs of {stage}, line {pair.line}: {wrong}")
        fake = any(forged[image] for image in images)
        found.add(pair, images, pair.role or ((FORGED if fake else "" if pair.same else RANDOM) if any(forged) else ""))
    names = [name for pair in failed for name in (pair.left, pair.right) if name not in place]
    if failed and protocol.lists.missing == "refuse":
        gone = some(dict.fromkeys(names))
        raise RequestError(f'pairs of {stage}: expected every image, as missing = "refuse", got none of {gone}')
    if empty := [kind for same, kind in KINDS.items() if not found.images[same]]:
        gone = f"; not there: {some(dict.fromkeys(names))}" if names else ""
        raise RequestError(f"pairs of {stage}: expected pairs of both kinds, got none of the kind {empty[0]}{gone}")
    same, different = (torch.tensor(found.images[kind], device=bank.device) for kind in KINDS)
    return VerificationPairs(same, different, notes=found.notes(Counter(KINDS[pair.same] for pair in failed)))


@dataclass(frozen=True)
class _Found:
    """Images, folds and roles of pairs by kind."""

    images: dict[bool, list[list[int]]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    folds: dict[bool, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    roles: dict[bool, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})

    def add(self, pair: NamedPair, images: list[int], role: str) -> None:
        for values, value in ((self.images, images), (self.folds, pair.fold), (self.roles, role)):
            values[pair.same].append(value)

    def notes(self, failed: Counter[str]) -> PairList:
        folds, roles = ((*one[True], *one[False]) for one in (self.folds, self.roles))
        return PairList(folds if any(folds) else (), roles if any(roles) else (), dict(failed))


def _places(bank: ImageBank) -> dict[str, int]:
    """The number of each image by its names: its file, CLASS/FILE, and CLASS/NUMBER by the digits that end the file's
    stem; −1 for a name of several images."""
    names, classes = [*map(composed, bank.names)], [*map(composed, bank.classes)]
    files = dict(zip(names, range(len(bank)), strict=True))
    found: dict[str, int] = {}
    for name, image, label in zip(names, range(len(bank)), bank.label.tolist(), strict=True):
        file = PurePosixPath(name)
        digits = re.search(r"(\d+)$", file.stem)
        own = [f"{classes[label]}/{file.name}", *([f"{classes[label]}/{int(digits[1])}"] if digits else [])]
        for one in dict.fromkeys(own):
            found[one] = -1 if one in found else image
    return found | files


def _wrong(
    pair: NamedPair, images: Sequence[int], label: Sequence[int], forged: Sequence[bool], bank: ImageBank
) -> str:
    """The contradiction between a pair and its images; "" for none."""
    left, right = (label[image] for image in images)
    fakes = sum(forged[image] for image in images)
    got = f"{pair.left} and {pair.right} as {KINDS[pair.same]}"
    if images[0] == images[1]:
        return f"expected two images, got {pair.left} and {pair.right}, which are one"
    if fakes and (pair.same or fakes == 2 or left != right):
        return f"expected a forgery beside a genuine image of its class, as different, got {got}"
    if pair.same and left != right:
        return f"expected two images of one class, got {got}, of {bank.classes[left]} and {bank.classes[right]}"
    if not pair.same and left == right and not fakes:
        return f"expected images of two classes, or one that is forged, got {got}, both of {bank.classes[left]}"
    return ""
