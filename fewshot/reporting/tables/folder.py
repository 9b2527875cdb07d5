"""The table of all records in a folder, of whichever suites."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path

from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.evaluation import evaluation_of
from fewshot.protocols import count_looks
from fewshot.records.record import RunRecord
from fewshot.records.store import records_below
from fewshot.reporting.columns import TASK
from fewshot.reporting.layout import of_option
from fewshot.reporting.table import Table, make_table
from fewshot.suites.request import SuiteRequest
from fewshot.suites.suite import fitting, suite_files

NOT_OF_FOLDERS = ("add", "changes", "seeds", "steps", "of_dataset")  # changes that make other cells


def folder_of(name: str) -> Path | None:
    """The folder of records that a name stands for; None where it is a suite's name or TOML file.

    Raises `RequestError` where it is none of these.
    """
    if name in suite_files() or name.endswith(".toml"):
        return None
    if name and Path(name).is_dir():
        return Path(name)
    if Path(name).name != name:
        raise RequestError(f"folder {name}: expected a folder of records, it is not there")
    raise unknown("suite or folder", name, suite_files())


def check_as_it_is(folder: Path, asked: SuiteRequest, results: Path | None, beside: str) -> None:
    """Raise `RequestError` for a folder with a results folder, or with changes that make other cells, beside it."""
    plain = SuiteRequest(asked.name)
    if results or asked != replace(asked, **{name: getattr(plain, name) for name in NOT_OF_FOLDERS}):
        raise RequestError(f"folder {folder}: its records are shown as they are: expected {beside} beside it")


def folder_table(
    folder: Path,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    *,
    only: Sequence[str] = (),
    stage: str | None = None,
    sort: str = "",
) -> Table:
    """The table of all records in a folder, of whichever suites, or of those that `only` and `stage` choose."""
    records = records_below(folder)
    try:
        return table_of_some(folder, chosen_records(records, folder, only, stage), records, rows, columns, sort)
    except RequestError as error:
        raise of_option(error, rows, columns) or error from error


def chosen_records(
    records: Sequence[RunRecord], folder: Path, only: Sequence[str], stage: str | None
) -> list[RunRecord]:
    """The records of a folder that `only` and `stage` choose. Raises `RequestError` where there are none."""
    records = [record for record in records if stage in (None, record.spec.stage)]
    if not records:
        raise RequestError(f"folder {folder}: expected records at stage {stage}, found none")
    return list(compress(records, fitting([record.spec for record in records], only, f"folder {folder}")))


def table_of_some(
    folder: Path,
    shown: Sequence[RunRecord],
    records: Sequence[RunRecord],
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    sort: str = "",
) -> Table:
    """The table of some of a folder's records; evaluations of test classes are counted among all."""
    among = [evaluation_of(record.spec, record.classes) for record in records]
    looks = count_looks((evaluation_of(record.spec) for record in shown), among)
    layout = {"rows": rows, "columns": columns or (TASK,), "sort": sort}
    return replace(make_table(f"Records in {folder}", "", shown, test_evaluations=looks, **layout), name=folder.name)
