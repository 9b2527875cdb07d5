"""The images that a record was measured on, found anew: those of official trials and of verification pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank
from fewshot.protocols import Protocol, protocol_of
from fewshot.records.answers import Trials
from fewshot.records.record import RunRecord
from fewshot.tasks.fixed import evaluation_tasks, verification_pairs
from fewshot.tasks.images import load_bank
from fewshot.tasks.named_pairs import VerificationPairs
from fewshot.tasks.sampler import TaskIndices


@dataclass(frozen=True)
class MeasuredImages:
    """A bank, the official trials drawn from it by kind of task in the record, the verification pairs, and the protocol
    that has set both."""

    bank: ImageBank
    trials: dict[str, TaskIndices]
    pairs: VerificationPairs
    protocol: Protocol


def measured_images(record: RunRecord, folders: Sequence[Path]) -> MeasuredImages:
    """The images behind a record's answers.

    Raises `RequestError` if the images in `folders` are not those of the record, or its tasks are drawn otherwise now.
    """
    spec = record.spec
    protocol = protocol_of(spec, folders)
    shuffled = spec.seed if spec.shuffled_labels else None
    bank = load_bank(spec.dataset, protocol, spec.stage, spec.size, folders, shuffled=shuffled)
    if bank.digest != (expected := record.digests.get(spec.stage, "")):
        raise RequestError(
            f"{spec.dataset.name}: expected the images of {spec.stage} that record {record.id} was measured on, sha256 "
            f"{expected[:12]}…, got others, {bank.digest[:12]}…"
        )
    bank = bank.centre(spec.size)
    kinds = {kind.name: kind for kind in getattr(protocol, spec.stage)}
    official = {task: answers for task, answers in record.answers.items() if isinstance(answers, Trials)}
    trials = {task: evaluation_tasks(bank, kinds[task.partition(", ")[0]], protocol) for task in official}
    pairs = verification_pairs(bank, protocol, spec.stage)
    same = [trials[task].classes.tolist() == answers.classes for task, answers in official.items()]
    lists = protocol.lists.digests if protocol.lists else {}
    same += [record.digests.get(name, digest) == digest for name, digest in lists.items()]
    if not all(same) or (record.pair_classes and pairs.classes(bank).same != record.pair_classes.same):
        raise RequestError(
            f"record {record.id}: expected the tasks of protocol {protocol.name} that it was measured on, got others: "
            "the protocol or a list of its pairs has changed"
        )
    return MeasuredImages(bank, trials, pairs, protocol)
