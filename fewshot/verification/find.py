"""The file of a kept network, by the id of its run, by its path, or as the best of a suite on val."""

from pathlib import Path

from fewshot.core.errors import RequestError, some
from fewshot.records.kept import weights_file
from fewshot.records.record import RunRecord
from fewshot.records.store import ID, RESULTS, file_by_id
from fewshot.records.stored.text import read_record
from fewshot.registry.pitfalls import refuse_pitfalls
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import read_suite
from fewshot.verification.network import is_kept


def find_network(named: str | Path, results: Path = RESULTS, suite: str = "SUITE") -> Path:
    """The file of a network by its path or by the id of its run, a cell of `suite`.

    Raises `RequestError` for one that is not there.
    """
    if not ID.fullmatch(str(named)):
        return Path(named)
    file = weights_file(results, str(named))
    if not file.exists():
        if own := file_by_id(results, str(named)):
            spec = read_record(own).spec
            refuse_pitfalls(f"network {named}", [spec])
            if spec.members:
                members = ", ".join(one.id for one in spec.of_members)
                raise RequestError(f"network {named}: expected one network, got an ensemble; its members are {members}")
        again = f"fewshot run {suite} --only … --weights trains a recorded one again"
        raise RequestError(f"network {named}: expected {file}, it is not there; {again}")
    return file


def best_network(suite: str, results: Path = RESULTS) -> Path:
    """The file of a suite's best network by the accuracy on val that the records hold; of equals the first.

    It is that of the weights kept or, for a searched cell, of the run that chose its values. Raises `RequestError` if
    no cell of the suite has one.
    """
    status = read_status(found := read_suite(suite), results)
    refuse_pitfalls(f"suite {suite}", found.specs)
    scores = {record.id: score for record in status.records if (score := _on_val(record, status)) is not None}
    if not scores:
        expected = f"suite {suite}: expected a recorded cell with an accuracy on val in {results}"
        if kept := [record.id for record in status.records if is_kept(record.spec)]:
            raise RequestError(f"{expected}, its records hold none; name a network by id: {some(kept)}")
        other = "a run with other --steps or --set is no cell of it: name its network by id"
        raise RequestError(f"{expected}, got no record; {other}")
    return find_network(max(scores, key=lambda name: scores[name]), results, suite)


def _on_val(record: RunRecord, status: Status) -> float | None:
    """A record's accuracy on val; None where the records do not hold it."""
    if not is_kept(record.spec):
        return None
    if record.on_val is not None:
        return record.on_val
    cell = next(cell for cell in status.suite.cells if record.spec in cell.finals)
    runs = cell.rungs[-1][cell.finals.index(record.spec)] if cell.rungs else ()
    first = [next(iter(found.accuracy.values())) for run in runs if (found := status.recorded.get(run.id))]
    return sum(sum(values) / len(values) for values in first) / len(first) if first else None
