"""A record as a page shows it: mistakes, tasks and embeddings, or a sentence on each that is not there."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.inspection.answered import answered_tasks
from fewshot.inspection.plane import embedded_in_plane, evenly
from fewshot.inspection.subject import Subject, kept_network
from fewshot.protocols import protocol_of
from fewshot.records.record import RunRecord
from fewshot.records.store import RESULTS
from fewshot.reporting.mistakes.sections import sections_of
from fewshot.reporting.screen.method import Seen, named
from fewshot.tasks.fixed import verification_pairs
from fewshot.tasks.images import load_bank
from fewshot.tasks.measured_images import MeasuredImages, measured_images
from fewshot.verification.network import Network

TASKS = 2  # of each kind that is drawn
CLASSES, IMAGES = 10, 20  # in a plane, at most


def seen(
    record: RunRecord,
    folders: Sequence[Path],
    results: Path = RESULTS,
    number: int = 8,
    network: Network | None = None,
) -> Seen:
    """A record with at most `number` mistakes of each kind; images and network are left out where they are not there.

    Without a `network`, it is that in the results folder.
    """
    try:
        found = measured_images(record, folders)
    except RequestError as error:
        return Seen(lacks=(f"pictures, as {error}",))
    if not (record.answers or record.pair_classes):
        return Seen(lacks=("pictures, as the record was computed before answers were kept",))
    lacks = []
    if record.spec.training and not network:
        try:
            network = kept_network(record.id, results)
        except RequestError as error:
            lacks.append(f"embeddings, as {error}")
        if not network and not lacks:
            lacks.append(f"embeddings, as {results / 'weights'} holds no network of this record")
    subject = Subject(record, found, network)
    tasks = tuple(answered_tasks(subject, TASKS if network else 0))
    mistakes = sections_of(record, subject.images, number)
    return _with_plane(Seen(named(record), subject.images, mistakes, tasks, lacks=tuple(lacks)), subject)


def seen_network(network: Network, folders: Sequence[Path]) -> Seen:
    """The embeddings of a network without a record."""
    spec = network.spec
    try:
        protocol = protocol_of(spec, folders)
        bank = load_bank(spec.dataset, protocol, spec.stage, spec.size, folders).centre(spec.size)
        pairs = verification_pairs(bank, protocol, spec.stage)
    except RequestError as error:
        return Seen(lacks=(f"pictures, as {error}",))
    subject = Subject(RunRecord(spec, {}, [], []), MeasuredImages(bank, {}, pairs, protocol), network)
    return _with_plane(Seen(spec.id, subject.images), subject)


def _with_plane(found: Seen, subject: Subject) -> Seen:
    """The record as seen, with its embeddings if there is a network that has any."""
    if not subject.network:
        return found
    try:
        plane = embedded_in_plane(subject, evenly(len(subject.images.classes), CLASSES), IMAGES)
    except RequestError as error:
        return replace(found, lacks=(*found.lacks, f"embeddings, as the page {error}"))
    return replace(found, points=plane.points, numbers=tuple(plane.images), share=plane.share)
