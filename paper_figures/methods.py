"""The methods of a suite's records: what differs in its seed only is one, with a label of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from fewshot.keys import KEYS, NONE, phrase, shown
from fewshot.record import RunRecord
from fewshot.rows import Row, method_id, summarise
from fewshot.spec import RunSpec

LABEL = ("method", "similarity")  # always said
VARIED = ("protocol", "size", "learn", "steps")  # said where trained methods differ in them
FINER = (*VARIED, *(key for key in KEYS if key not in (*VARIED, *LABEL, "loss", "learner", "backbone", "network")))


@dataclass(frozen=True)
class Method:
    """One method: its label, its network ("" for a training-free one), its seeds' records, what they say together."""

    label: str
    network: str
    row: Row
    records: tuple[RunRecord, ...]

    def plain(self) -> dict:
        """What every row of source data says of its method."""
        return {"network": self.network, "label": self.label}

    @property
    def ids(self) -> list[str]:
        """The records' ids."""
        return [record.id for record in self.records]


def methods(records: Sequence[RunRecord]) -> list[Method]:
    """The methods, network by network in the order of the records, training-free ones last."""
    groups: dict[str, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(method_id(record.spec), []).append(record)
    specs = [group[0].spec for group in groups.values()]
    found = [
        Method(label, _network(spec), summarise(group)[0], tuple(group))
        for label, spec, group in zip(_labels(specs), specs, groups.values(), strict=True)
    ]
    networks = list(dict.fromkeys(method.network for method in found if method.network))
    return sorted(found, key=lambda method: [*networks, ""].index(method.network))


def tasks(found: Sequence[Method]) -> list[str]:
    """The kinds of task of some methods, in the order of their records."""
    return list(dict.fromkeys(task for method in found for task in method.row.accuracy))


def digits(value: float) -> float:
    """A number as source data holds it."""
    return round(float(value), 6)


def _network(spec: RunSpec) -> str:
    return shown(spec, "network") if spec.training else ""


def _labels(specs: Sequence[RunSpec]) -> list[str]:
    """For each spec a label that no other one of its network has: at most ends in the first digits of its id."""
    trained = [spec for spec in specs if spec.training]
    varied = {key for key in VARIED if len({shown(spec, key) for spec in trained}) > 1}
    bare = [(_network(spec), *(shown(spec, key) for key in LABEL)) for spec in specs]
    labels = []
    for spec, mine in zip(specs, bare, strict=True):
        alike = [other for other, its in zip(specs, bare, strict=True) if its == mine]
        differ = {key for key in FINER if len({shown(other, key) for other in alike}) > 1}
        wanted = differ | (varied if spec.training else {"size"})
        parts = [shown(spec, key) for key in LABEL] + [phrase(spec, key) for key in FINER if key in wanted]
        labels.append(", ".join(part for part in parts if part != NONE))
    keys = [(_network(spec), label) for spec, label in zip(specs, labels, strict=True)]
    return [
        f"{key[1]} [{spec.id[:6]}]" if keys.count(key) > 1 else key[1] for key, spec in zip(keys, specs, strict=True)
    ]
