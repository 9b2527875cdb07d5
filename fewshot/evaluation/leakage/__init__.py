"""A protocol's leaks: the contents of its tasks, overlaps of its splits, duplicate images, and shortcuts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from fewshot.core.spec.run_spec import Part
from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.names import overlap, unturned
from fewshot.evaluation.leakage.draws import Sample, samples
from fewshot.evaluation.leakage.duplicates import Place, duplicates
from fewshot.evaluation.leakage.overlaps import Elsewhere, Shared, elsewhere, shared
from fewshot.evaluation.shortcuts import FORGERIES, Shortcut, shortcuts
from fewshot.protocols import SPLITS, Protocol
from fewshot.registry.lookup import find, make_part
from fewshot.tasks.class_sizes import check_class_sizes
from fewshot.tasks.images import load_bank

SIZE = 28  # of images of a fixed size; draws do not depend on pixels
PHOTOGRAPHS = 64  # side at which photographs of any size are compared


@dataclass(frozen=True)
class Audit:
    """The result of an audit. `images` counts the images of each split that were compared for `duplicates`, without
    turns, at `side` pixels or at full size (None); `damaged` names the images that were left out."""

    protocol: Protocol
    samples: tuple[Sample, ...]
    shared: tuple[Shared, ...]
    elsewhere: tuple[Elsewhere, ...]
    images: dict[str, int]
    duplicates: tuple[tuple[Place, ...], ...]
    side: int | None = None
    damaged: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shortcuts: tuple[Shortcut, ...] = ()

    def drawn(self, split: str) -> set[str]:
        """All classes in the drawn tasks of a split."""
        return {name for one in self.samples if one.split == split for name in one.classes}

    @property
    def findings(self) -> tuple[str, ...]:
        """The faults found, a sentence for each; none in a sound protocol."""
        found = [finding for sample in self.samples for finding in sample.findings]
        for pair in self.shared:
            drawn = overlap(self.drawn(pair.left), self.drawn(pair.right))
            for whose, names in (("the lists", pair.classes), ("the drawn tasks", drawn)):
                if names:
                    where = f"{whose} of {pair.left} and {pair.right}"
                    found.append(f"{where} share {len(names)} classes, such as {names[0]}")
            if pair.groups and not pair.classes:
                where = f"the lists of {pair.left} and {pair.right}"
                found.append(f"{where} share {len(pair.groups)} groups, such as {pair.groups[0]}")
        cases: dict[str, list[tuple[Place, ...]]] = {}
        for same in self.duplicates:
            if what := fault_of(same):
                cases.setdefault(what, []).append(same)
        for what, found_so in cases.items():
            first, *_, last = found_so[0]
            found.append(f"images that {what}: {len(found_so)}, such as {first} = {last}")
        return (*found, *(one.finding for one in self.shortcuts if one.finding and one.kind == FORGERIES))


def fault_of(same: Sequence[Place]) -> str:
    """The fault of identical images; empty for those of one class of train, which no task measures, and for forgeries
    of one class, which are never compared with each other."""
    splits = [split for split in SPLITS if any(place.split == split for place in same)]
    if len(splits) > 1:
        return f"stand in {' and '.join(splits)}"
    if len({place.name for place in same}) > 1:
        return f"are of two classes of {splits[0]}"
    if len({place.forged for place in same}) > 1:
        return f"are genuine and forged in {splits[0]}"
    return "" if splits[0] == SPLITS[0] or same[0].forged else f"stand twice in a class of {splits[0]}"


def audit_protocol(protocol: Protocol, folders: Sequence[Path], dataset: Part | None = None) -> Audit:
    """Draw tasks from every split of a protocol with known classes, and compare all of its images.

    `folders` are searched for data; `dataset` is by default the protocol's data set without options.
    """
    dataset = dataset or make_part("datasets", protocol.dataset)
    kept = dataset.options.get("resize") or PHOTOGRAPHS  # images are compared as they are stored
    side = kept if find("datasets", dataset.name).photographs else None
    banks = {split: load_bank(dataset, protocol, split, side or SIZE, folders) for split in SPLITS}
    check_class_sizes(dataset, protocol, banks)
    authors = {split: [bank.authors[number] for number in bank.author.unique()] for split, bank in banks.items()}
    whole, images, areas, entry = protocol, {}, [], find("datasets", dataset.name)
    if not (entry.family or entry.sha256):  # turned classes of the package's own have no images of their own
        classes = {split: tuple(dict.fromkeys(map(unturned, names))) for split, names in protocol.classes.items()}
        whole = replace(protocol, classes=classes)

    def native() -> Iterator[tuple[str, ImageBank]]:
        for split in SPLITS:
            bank = load_bank(dataset, whole, split, side, folders)
            images[split] = len(bank)
            areas.extend(shortcuts(split, bank))
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
        {split: tuple(map(": ".join, bank.damaged.items())) for split, bank in banks.items() if bank.damaged},
        tuple(areas),
    )
