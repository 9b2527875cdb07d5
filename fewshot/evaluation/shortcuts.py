"""Shortcuts: single numbers of an image, as its commonest grey, that tell forgeries or classes apart.

Forgeries that were scanned on other paper than genuine images are the known case: a network may learn the paper. A
network sees no file, so that the file's size is none of the numbers; that of the compressed pixels is, which tells
noises apart.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fewshot.core.statistics.roc import roc_area
from fewshot.data.bank import ImageBank

STATISTICS = ("mean value", "commonest value", "smallest value", "largest value", "share of ink", "compressed size")
FORGERIES, CLASSES = "forgeries", "classes"
LIMITS = {FORGERIES: 0.75, CLASSES: 0.9}  # areas of a finding: amounts of ink tell classes apart to some degree
CHUNK = 2**22  # pixels counted at once
PAIRS = 20_000  # of each kind, about

Places = Int64[np.ndarray, "pair 2"]


@dataclass(frozen=True)
class Shortcut:
    """The ROC area of a statistic that tells the pairs of `kind` in a split by its difference: 0.5 if it knows nothing.

    Of "forgeries", two genuine images are told from a genuine and a forged one of the same class; of "classes", two
    images of one class from those of two.
    """

    split: str
    kind: str
    statistic: str
    area: float

    @property
    def finding(self) -> str:
        """A sentence where the area is at the limit or above, else ""."""
        if self.area < LIMITS[self.kind]:
            return ""
        return f"the {self.statistic} alone tells {self.kind} of {self.split} apart: ROC area {self.area:.2f}"


def shortcuts(split: str, bank: ImageBank) -> list[Shortcut]:
    """The areas of all statistics: for forgeries where there are some, and for classes."""
    values, found = statistics(bank), []
    for kind, *pairs in _pairs(bank):
        for name, of_images in zip(STATISTICS, values.T, strict=True):
            alike = [-np.abs(of_images[left] - of_images[right]) for left, right in (one.T for one in pairs)]
            found.append(Shortcut(split, kind, name, float(roc_area(*alike))))
    return found


def shortcut_fact(split: str, bank: ImageBank) -> dict[str, list[str]]:
    """{"shortcuts": …} with a sentence for each finding in a bank; {} without any."""
    found = [one.finding for one in shortcuts(split, bank) if one.finding]
    return {"shortcuts": found} if found else {}


def statistics(bank: ImageBank) -> Float[np.ndarray, "image statistic"]:
    """The `STATISTICS` of every image: of its values, of 0 to 255, and the number of their bytes when compressed."""
    rows = bank.pixels.flatten(1).cpu()
    of_values = np.concatenate([_of_counts(_counts(some)) for some in rows.split(max(1, CHUNK // rows.shape[1]))])
    sizes = [len(zlib.compress(row.tobytes(), 1)) for row in rows.numpy()]
    return np.column_stack([of_values, sizes])


def _counts(rows: Tensor) -> Int64[np.ndarray, "image 256"]:
    """How often each value occurs in each image."""
    numbered = rows.long() + 256 * torch.arange(len(rows))[:, None]
    return torch.bincount(numbered.flatten(), minlength=256 * len(rows)).view(-1, 256).numpy()


def _of_counts(counts: Int64[np.ndarray, "image 256"]) -> Float[np.ndarray, "image statistic"]:
    total, there = counts.sum(1), counts > 0
    ends = there.argmax(1), 255 - there[:, ::-1].argmax(1)
    return np.stack([counts @ np.arange(256) / total, counts.argmax(1), *ends, counts[:, 128:].sum(1) / total], 1)


def _pairs(bank: ImageBank) -> Iterator[tuple[str, Places, Places]]:
    """For each kind, random pairs that are alike and others that are not."""
    draw, label, forged = np.random.default_rng(0), bank.label.cpu().numpy(), bank.forged.cpu().numpy()
    every, count = np.arange(len(label)), len(bank.classes)
    genuine = [one[~forged[one]] for one in np.split(every, np.searchsorted(label, np.arange(1, count)))]
    fakes = [one[forged[one]] for one in np.split(every, np.searchsorted(label, np.arange(1, count)))]
    same = _drawn(genuine, genuine, draw)
    if not len(same):
        return
    if len(of_both := _drawn(genuine, fakes, draw)):
        yield FORGERIES, same, of_both
    if count > 1:
        other = draw.choice(every[~forged], (2 * PAIRS, 2))
        yield CLASSES, same, other[label[other[:, 0]] != label[other[:, 1]]][:PAIRS]


def _drawn(left: Sequence[np.ndarray], right: Sequence[np.ndarray], draw: np.random.Generator) -> Places:
    """As many random pairs of each class, no image beside itself."""
    number = -(-PAIRS // len(left))
    pairs = [
        np.stack([draw.choice(one, number), draw.choice(other, number)], 1)
        for one, other in zip(left, right, strict=True)
        if len(one) and len(other)
    ]
    found = np.concatenate([np.empty((0, 2), np.int64), *pairs])
    return found[found[:, 0] != found[:, 1]]
