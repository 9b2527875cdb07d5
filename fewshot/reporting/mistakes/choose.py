"""The record whose mistakes are shown: one method of a suite or of a folder of records, by its first seed."""

from collections.abc import Sequence
from pathlib import Path

from fewshot.core.errors import RequestError, some
from fewshot.records.record import RunRecord
from fewshot.records.store import RESULTS, check_there, records_below
from fewshot.registry.pitfalls import refuse_pitfalls
from fewshot.reporting.labels import run_labels
from fewshot.reporting.summary import summarise
from fewshot.reporting.tables.folder import check_as_it_is, chosen_records, folder_of
from fewshot.suites.request import SuiteRequest
from fewshot.suites.status import read_status


def one_record(asked: SuiteRequest, results: Path | None = None, begin: str = "") -> tuple[RunRecord, str]:
    """The record of the only method that fits a request, its id beginning with `begin`, and a label for it.

    Raises `RequestError` without a record, for several methods, and for a record without answers.
    """
    whose, found = _records(asked, results)
    if not found:
        raise RequestError(f"{whose}: expected a record, got none that fits; fewshot run computes a suite's")
    fit = [record for record in found if record.id.startswith(begin)]
    if not fit:
        raise RequestError(f"--id {begin}: expected the beginning of a record's id, such as {found[0].id}")
    methods = summarise(fit)
    if len(methods) > 1:
        named = [f"{one.label} {one.records[0].id}" for one in methods]
        raise RequestError(
            f"{whose}: expected one method, got {some(named)}; narrow it with --only, as in --only loss=NAME, or --id"
        )
    record = min(fit, key=lambda one: one.spec.seed)
    if not (record.answers or record.pair_classes):
        raise RequestError(
            f"record {record.id}: computed before answers were kept; fewshot run with another --results folder "
            "computes it anew"
        )
    return record, run_labels([record.spec])[0]


def _records(asked: SuiteRequest, results: Path | None) -> tuple[str, Sequence[RunRecord]]:
    """The records that a request names, and the suite or folder they are of, for messages."""
    if folder := folder_of(asked.name):
        check_as_it_is(folder, asked, results, "only, stage, plugin, id, number or out")
        asked.load_plugins()
        return f"folder {folder}", chosen_records(records_below(folder), folder, asked.only, asked.stage)
    suite, results = asked.read(), results or RESULTS
    refuse_pitfalls(f"suite {suite.name}", suite.specs)
    check_there(results)
    return f"suite {suite.name} in {results}", read_status(suite, results).records
