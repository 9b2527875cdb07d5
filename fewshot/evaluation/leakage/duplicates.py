"""Images with identical pixels."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from fewshot.data.bank import ImageBank


@dataclass(frozen=True)
class Place:
    """The split, class and author of an image."""

    split: str
    name: str  # of its class
    author: str


def duplicates(banks: Iterable[tuple[str, ImageBank]]) -> list[tuple[Place, ...]]:
    """The places of every image that occurs more than once in these splits; one bank is in memory at a time."""
    places: dict[bytes, list[Place]] = {}
    for split, bank in banks:
        for pixels, label, author in zip(bank.pixels.numpy(), bank.label.tolist(), bank.author.tolist(), strict=True):
            digest = hashlib.sha256(pixels).digest()
            places.setdefault(digest, []).append(Place(split, bank.classes[label], bank.authors[author]))
    return [tuple(same) for same in places.values() if len(same) > 1]
