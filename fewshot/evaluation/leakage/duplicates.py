"""Images with identical pixels."""

from collections.abc import Iterable
from dataclasses import dataclass

from fewshot.data.bank import ImageBank


@dataclass(frozen=True)
class Place:
    """The split, class and name of an image, and whether it is a forgery."""

    split: str
    name: str  # of its class
    image: str
    forged: bool = False

    def __str__(self) -> str:
        of_class = "" if f"/{self.name}/" in f"/{self.image}" else f" of {self.name}"
        return f"{self.image}{of_class} ({self.split})"


def duplicates(banks: Iterable[tuple[str, ImageBank]]) -> list[tuple[Place, ...]]:
    """The places of every image that occurs more than once in these splits; one bank is in memory at a time."""
    places: dict[str, list[Place]] = {}
    for split, bank in banks:
        images = zip(bank.label.tolist(), bank.names, bank.forged.tolist(), strict=True)
        for image, (label, *named) in enumerate(images):
            places.setdefault(bank.digest_of(image), []).append(Place(split, bank.classes[label], *named))
    return [tuple(same) for same in places.values() if len(same) > 1]
