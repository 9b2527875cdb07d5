"""The protocol of a data set with its classes: an open one takes those of the data set's own split."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from fewshot.errors import RequestError
from fewshot.protocols import Protocol, load_protocol
from fewshot.registry import entries, find, full_name, load
from fewshot.spec import Part


def posed(protocol: str | Part, dataset: Part, folders: Sequence[Path]) -> Protocol:
    """The protocol with the classes of its splits, for which an open one needs the data to be there.

    A data set says them by `splits(folders, **options)`, which stands beside it in its file: classes by split.
    """
    found = load_protocol(protocol)
    check_goes_with(found, dataset.name)
    if not found.open:
        return found
    module = import_module(load("datasets", dataset.name).__module__)
    return found.posed(dataset.name, module.splits(folders, **dataset.options))


def check_goes_with(protocol: Protocol, dataset: str) -> None:
    """Refuse a protocol of another data set, and an open one where the data set has no split of its own."""
    if not protocol.open:
        if protocol.dataset != dataset:
            raise RequestError(f"protocol {protocol.name} is of data set {protocol.dataset}, not {dataset}")
        return
    if "splits" not in find("datasets", dataset).beside:
        having = [full_name(entry) for entry in entries("datasets").values() if "splits" in entry.beside]
        expected = f"expected {' or '.join(having) or 'a plug-in with splits(folders)'}, got {dataset}"
        raise RequestError(f"protocol {protocol.name} is of data sets with a split of their own: {expected}")
