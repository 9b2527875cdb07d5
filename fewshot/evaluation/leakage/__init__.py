"""A protocol's leaks: what its tasks draw, what its splits share, and images that occur twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from fewshot.core.spec import Part
from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.names import overlap, unturned
from fewshot.evaluation.leakage.draws import Sample, samples
from fewshot.evaluation.leakage.duplicates import Place, duplicates
from fewshot.evaluation.leakage.overlaps import Elsewhere, Shared, elsewhere, shared
from fewshot.protocols import SPLITS, Protocol
from fewshot.registry.lookup import find, make_part
from fewshot.tasks.images import load_bank

SIZE = 28  # pixels have no say in what is drawn
PHOTOGRAPHS = 64  # at which those of any size are compared


@dataclass(frozen=True)
class Audit:
    """All that was found; `images` counts those of each split that were compared for `duplicates`, turned ones once.

    They were compared at `side` pixels, or in full size.
    """

    protocol: Protocol
    samples: tuple[Sample, ...]
    shared: tuple[Shared, ...]
    elsewhere: tuple[Elsewhere, ...]
    images: dict[str, int]
    duplicates: tuple[tuple[Place, ...], ...]
    side: int | None = None

    def drawn(self, split: str) -> set[str]:
        """All classes that a split's tasks met."""
        return {name for one in self.samples if one.split == split for name in one.classes}

    @property
    def findings(self) -> tuple[str, ...]:
        """What should not be, a sentence for each; none in a protocol that keeps what it says."""
        found = [finding for sample in self.samples for finding in sample.findings]
        for pair in self.shared:
            drawn = overlap(self.drawn(pair.left), self.drawn(pair.right))
            for whose, names in (("the lists", pair.classes), ("the drawn tasks", drawn)):
                if names:
                    where = f"{whose} of {pair.left} and {pair.right}"
                    found.append(f"{where} share {len(names)} classes, such as {names[0]}")
        cases: dict[str, list[Place]] = {}  # where no answer to an image is right
        for same in self.duplicates:
            splits = [split for split in SPLITS if any(place.split == split for place in same)]
            if len(splits) > 1 or len({place.name for place in same}) > 1:
                what = f"stand in {' and '.join(splits)}" if len(splits) > 1 else f"are of two classes of {splits[0]}"
                cases.setdefault(what, []).append(same[0])
        for what, places in cases.items():
            found.append(f"images that {what}: {len(places)}, such as one of {places[0].name}")
        return tuple(found)


def audit_protocol(protocol: Protocol, folders: Sequence[Path], dataset: Part | None = None) -> Audit:
    """Draw from every split of a protocol and compare all of its images, `folders` being where data is looked for.

    The protocol knows its classes; `dataset` is by default its data set without options.
    """
    dataset = dataset or make_part("datasets", protocol.dataset)
    kept = dataset.options.get("resize") or PHOTOGRAPHS
    side = min(PHOTOGRAPHS, kept) if find("datasets", dataset.name).photographs else None
    banks = {split: load_bank(dataset, protocol, split, side or SIZE, folders) for split in SPLITS}
    authors = {split: [bank.authors[number] for number in bank.author.unique()] for split, bank in banks.items()}
    classes = {split: tuple(dict.fromkeys(map(unturned, names))) for split, names in protocol.classes.items()}
    whole, images = replace(protocol, classes=classes), {}  # turns have no pixels of their own

    def native() -> Iterator[tuple[str, ImageBank]]:
        for split in SPLITS:
            bank = load_bank(dataset, whole, split, side, folders)
            images[split] = len(bank)
            yield split, bank

    same = duplicates(native())
    return Audit(
        protocol,
        tuple(sample for split, bank in banks.items() for sample in samples(bank, protocol, split)),
        tuple(shared(protocol, left, right, authors) for left, right in (SPLITS[:2], SPLITS[::2], SPLITS[1:])),
        tuple(elsewhere(protocol)),
        images,
        tuple(same),
        side,
    )
