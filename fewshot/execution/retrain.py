"""Recorded runs trained again, for the networks that they did not keep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fewshot.core.device import threads
from fewshot.core.errors import RequestError
from fewshot.core.files import claim, remove_lock, write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.execution.attempt import attempt
from fewshot.execution.context import Context
from fewshot.records.failures import Failure
from fewshot.records.kept import weights_file
from fewshot.records.record import RunRecord
from fewshot.records.store import lock_file, unfinished
from fewshot.suites.status import Status
from fewshot.verification.network import is_kept


def without_network(status: Status, context: Context) -> list[RunSpec]:
    """The recorded cells of a suite that have trained a network which is not in the results folder.

    Raises `RequestError` for a suite of which no cell keeps a network.
    """
    if not any(map(is_kept, status.suite.specs)):
        raise RequestError("weights: expected a cell that trains at stage test, whose network is kept, got none")
    specs = [record.spec for record in status.records]
    return [spec for spec in specs if is_kept(spec) and not weights_file(context.results, spec.id).exists()]


def retrain(specs: Sequence[RunSpec], status: Status, context: Context) -> Iterator[tuple[str, bool]]:
    """Train recorded runs again with their numbers of threads, keep their networks, and yield for each a line, which
    compares it with its record, and False if it failed.

    A network whose numbers differ is kept too: on another machine or version rounding alone changes them.
    """
    for spec in specs:
        lock, recorded = lock_file(context.results, spec), status.recorded[spec.id]
        with claim(lock) as mine, threads(recorded.facts.get("threads")):
            if not mine:
                yield f"{spec.id} is being trained by another process", True
                continue
            if (file := weights_file(context.results, spec.id)).exists():
                remove_lock(lock)
                yield f"{spec.id} has been trained by another process", True
                continue
            found = attempt(spec, replace(context, chosen=recorded.chosen))
            if isinstance(found, Failure):
                yield f"{spec.id} failed: {found.reason}", False
                continue
            write_whole(file, found.network)
            unfinished(context.results, spec, found.record.facts).unlink(missing_ok=True)
            remove_lock(lock)
            yield f"{spec.id} trained again: {difference(found.record, recorded)}", True


def difference(again: RunRecord, recorded: RunRecord) -> str:
    """How far the numbers of a run are from those of its record, in words."""
    one, other = again.plain(), recorded.plain()
    far = [
        f"{task} {_mean(again.accuracy[task])} instead of {_mean(values)}"
        for task, values in recorded.accuracy.items()
        if one["accuracy"][task] != other["accuracy"][task]
    ]
    losses = ([row[:2] for row in found["curve"]] for found in (one, other))
    scores = one["verification"] != other["verification"]
    if not (far or scores or next(losses) != next(losses)):
        return "the same numbers as its record"
    equal = f"equal accuracies, other {'scores of pairs' if scores else 'losses in training'}"
    return "; ".join(["not the numbers of its record", *(far or [equal])])


def _mean(values: Sequence[float]) -> str:
    return f"{100 * sum(values) / len(values):.2f} %"
