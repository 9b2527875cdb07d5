"""The methods of a suite's records: what differs in its seed only is one, with a label of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from fewshot.records.record import RunRecord
from fewshot.reporting.labels import labels, network
from fewshot.reporting.summary import Row, method_id, summarise


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
        Method(label, network(spec), summarise(group)[0], tuple(group))
        for label, spec, group in zip(labels(specs), specs, groups.values(), strict=True)
    ]
    networks = list(dict.fromkeys(method.network for method in found if method.network))
    return sorted(found, key=lambda method: [*networks, ""].index(method.network))


def tasks(found: Sequence[Method]) -> list[str]:
    """The kinds of task of some methods, in the order of their records."""
    return list(dict.fromkeys(task for method in found for task in method.row.accuracy))


def digits(value: float) -> float:
    """A number as source data holds it."""
    return round(float(value), 6)
