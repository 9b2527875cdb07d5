"""One spec in this process: claimed from others on the same folder, run, and kept on disk."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fewshot.core.files import claim, remove_lock, write_whole
from fewshot.core.part_code import no_exit
from fewshot.core.spec.run_spec import RunSpec
from fewshot.execution.cell import run_cell
from fewshot.execution.context import Context
from fewshot.records.failures import Failure, failure_file, write_failure
from fewshot.records.faults import own_fault
from fewshot.records.kept import weights_file
from fewshot.records.record import RunRecord
from fewshot.records.store import find_record, lock_file, record_file, unfinished, write_record
from fewshot.registry.lookup import plugins_of
from fewshot.suites.status import is_settled
from fewshot.suites.suite import Suite
from fewshot.verification.network import is_kept, network_of
from fewshot.verification.network_file import to_bytes


@dataclass(frozen=True)
class Finished:
    """The record of a run, and the file of its network, empty where none is kept."""

    record: RunRecord
    network: bytes = b""


@contextmanager
def claimed(spec: RunSpec, suite: Suite, results: Path, before: Mapping[str, str]) -> Iterator[bool | None]:
    """Claim a spec for this block: True if it is to be run, False if it is settled, None while another process has it.

    A failure of an attempt from `before` does not settle a spec.
    """
    lock = lock_file(results, spec)
    with claim(lock) as mine:
        yield not is_settled(spec, suite, results, before) if mine else None
        if mine and find_record(results, spec):
            remove_lock(lock)


def attempt(spec: RunSpec, context: Context) -> Finished | Failure:
    """Run a spec, and return its record and network or, where it fails alone, its failure."""
    try:
        with no_exit([plugin.file for plugin in plugins_of(spec)]):
            record, outcome = run_cell(spec, context)
    except Exception as error:
        if not (why := own_fault(error, spec)):
            raise
        return Failure(spec, why)
    keeps = context.weights and is_kept(spec)
    return Finished(record, to_bytes(network_of(record, outcome.learner)) if keeps else b"")


def keep(found: Finished | Failure, suite: Suite, results: Path) -> None:
    """Write a run's network and record, or its failure; a record removes the old failure and the training state."""
    if isinstance(found, Failure):
        write_failure(results, found)
        return
    record = found.record
    if found.network:  # before the record, with which the run is over
        write_whole(weights_file(results, record.id), found.network)
    write_record(record, record_file(results, suite.name, record.spec))
    failure_file(results, record.spec).unlink(missing_ok=True)
    unfinished(results, record.spec, record.facts).unlink(missing_ok=True)
