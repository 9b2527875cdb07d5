"""The split that an open protocol takes from its data set."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.protocols._protocol import Protocol, load_protocol
from fewshot.registry.lookup import entries, find, full_name, load, make_part, own_name


def with_own_split(protocol: str | Part, dataset: Part, folders: Sequence[Path]) -> Protocol:
    """The protocol with the classes of its splits; an open protocol reads them from the data, and its lists of
    pairs."""
    found = load_protocol(protocol)
    check_goes_with(found, dataset.name)
    if not found.open:
        return found
    classes = load("datasets", dataset.name).splits(folders, **dataset.options)
    if found.lists:
        found = replace(found, lists=found.lists.read(folders))
        classes = found.lists.divide(classes)
    return found.with_own_split(dataset.name, classes)


def protocol_of(spec: RunSpec, folders: Sequence[Path]) -> Protocol:
    """The protocol of a spec with the classes of its splits or, of a spec with folds, of its fold."""
    found = with_own_split(spec.protocol, spec.dataset, folders)
    return found.fold(spec.fold, spec.folds) if spec.folds else found


def asked_parts(
    protocol: str, dataset: str | None, options: dict[str, dict] | None, folders: Sequence[Path]
) -> tuple[Part, Part, Protocol]:
    """The parts of a protocol and of its data set with their `options`, and the protocol with its classes."""
    name, options = own_name("protocols", protocol), options or {}
    dataset = named_dataset(name, dataset)
    for part in options:
        if part not in (name, dataset):
            raise unknown("part of options", part, (name, dataset))
    posing = make_part("protocols", name, options.get(name))
    images = make_part("datasets", dataset, options.get(dataset))
    return posing, images, with_own_split(posing, images, folders)


def named_dataset(protocol: str, dataset: str | None) -> str:
    """The data set of a protocol: `dataset`, or else the protocol's own. Raises `RequestError` if it has none."""
    found = load_protocol(protocol)
    if dataset is None and found.open:
        raise RequestError(f"protocol {protocol} uses a data set's own split: expected a dataset too, got none")
    return dataset or found.dataset


def check_goes_with(protocol: Protocol, dataset: str) -> None:
    """Raise `RequestError` for a protocol of another data set, or an open one if the data set has no own split."""
    if not protocol.open:
        if protocol.dataset != dataset:
            raise RequestError(f"protocol {protocol.name}: expected data set {protocol.dataset}, got {dataset}")
        return
    if not find("datasets", dataset).marks.splits:
        having = [full_name(entry) for entry in entries("datasets").values() if entry.marks.splits]
        expected = f"expected {' or '.join(having) or 'a plug-in with splits(folders)'}, got {dataset}"
        raise RequestError(f"protocol {protocol.name} needs a data set with a split of its own: {expected}")
