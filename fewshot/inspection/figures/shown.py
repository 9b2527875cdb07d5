"""The one run that a suite's figures with images show."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.locations import data_folders
from fewshot.inspection.answered import answered_tasks
from fewshot.inspection.subject import NO_NETWORK, Subject, has_network, kept_network, look_at
from fewshot.records.record import RunRecord
from fewshot.records.store import RESULTS
from fewshot.reporting.figures.given import Given, LeftOut
from fewshot.reporting.labels import run_labels
from fewshot.reporting.screen.tasks import Answered
from fewshot.verification.network import Network


@dataclass(frozen=True)
class _Asked:
    name: str
    folders: tuple[Path, ...]
    results: Path
    record: RunRecord = field(compare=False)


def shown_subject(given: Given) -> Subject:
    """The run with a kept network that is best on val, or else the best on val. Raises `LeftOut` without its images."""
    record = shown_record(given)
    found = _look(_Asked(record.id, tuple(data_folders(given.data)), given.results or RESULTS, record))
    if isinstance(found, str):
        raise LeftOut(found)
    return found


def shown_tasks(given: Given) -> tuple[Subject, list[Answered]]:
    """That run and its answered tasks. Raises `LeftOut` where either lacks what it needs."""
    subject = shown_subject(given)
    if not subject.record.answers:
        raise LeftOut(f"needs a record with answers to tasks; {given.suite.name} measures pairs alone")
    try:
        return subject, answered_tasks(subject)
    except RequestError as reason:
        raise LeftOut(str(reason)) from reason


def shown_record(given: Given) -> RunRecord:
    """The record of that run; of equals on val the first. Raises `LeftOut` if no record has a training."""
    trained = [one for one in given.records if one.spec.training and (one.answers or one.pair_classes)]
    if not trained:
        raise LeftOut(f"needs a record of a training with its answers; {given.suite.name} has none")
    kept = [record for record in trained if has_network(record.id, given.results or RESULTS)]
    return max(kept or trained, key=lambda one: one.on_val or 0.0)


def shown_network(given: Given) -> tuple[RunRecord, Network]:
    """That run's record and its network. Raises `LeftOut` if it is not kept, or damaged."""
    record = shown_record(given)
    try:
        network = kept_network(record.id, given.results or RESULTS)
    except RequestError as error:
        raise LeftOut(str(error)) from error
    if not network:
        raise LeftOut(NO_NETWORK)
    return record, network


def named(record: RunRecord) -> str:
    """The run in a few words: "triplet, euclidean, conv4, seed 0"."""
    return run_labels([record.spec])[0]


@lru_cache(maxsize=1)
def _look(asked: _Asked) -> Subject | str:
    """The subject, whose images are loaded once for all figures, or the reason why there is none."""
    try:
        return look_at(asked.record, asked.folders, asked.results)
    except RequestError as error:
        return str(error)
