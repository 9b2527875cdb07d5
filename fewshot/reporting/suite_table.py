"""The table of a suite, from the records in a results folder, or of whatever records lie in a folder."""

from collections.abc import Mapping, Sequence
from itertools import compress
from pathlib import Path

from fewshot.core.errors import RequestError, unknown
from fewshot.records.index import Evaluation, evaluation_of, read_evaluations
from fewshot.records.store import records_below
from fewshot.reporting.columns import TASK
from fewshot.reporting.render import write_tables
from fewshot.reporting.table import Table, make_table
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import Suite, fitting, read_suite, suite_files


def refresh(results: Path, also: str = "") -> None:
    """Write the tables of a results folder again, as records that one suite made may count for another; and one more.

    Only suites that come with the package have tables there, as `fewshot check results` knows no others.
    """
    there = {file.stem for file in (results / "tables").glob("*.*")} | {also}
    evaluations = read_evaluations(results)
    for name in sorted(there & set(suite_files())):
        table = suite_table(read_status(read_suite(name), results), results, evaluations=evaluations)
        write_tables(table, results / "tables", name)


def check_table(suite: Suite, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> None:
    """Refuse now a layout or published figures that the table of the suite's records would refuse."""
    suite_table(Status(suite, {}, {}), Path(), rows, columns, evaluations={})


def folder_of(name: str) -> Path | None:
    """The folder of records that a name stands for; None where it is a suite's name or TOML file.

    Raises `RequestError` where it is none of these.
    """
    if name in suite_files() or name.endswith(".toml"):
        return None
    if Path(name).is_dir():
        return Path(name)
    if Path(name).name != name:
        raise RequestError(f"folder {name}: expected a folder of records, it is not there")
    raise unknown("suite or folder", name, suite_files())


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
    records = [record for record in records_below(folder) if stage in (None, record.spec.stage)]
    if not records:
        raise RequestError(f"folder {folder}: expected records at stage {stage}, found none")
    fit = fitting([record.spec for record in records], only, f"folder {folder}")
    tests = sum(record.spec.stage == "test" for record in records)
    layout = {"rows": rows, "columns": columns or (TASK,), "sort": sort}
    try:
        return make_table(f"Records in {folder}", "", list(compress(records, fit)), test_evaluations=tests, **layout)
    except RequestError as error:
        raise _of_option(error, rows, columns) or error from error


def suite_table(
    status: Status,
    results: Path,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    evaluations: Mapping[str, Evaluation] | None = None,
    *,
    sort: str = "",
) -> Table:
    """The table of what is there, in these rows and columns or else the suite's own, sorted as in `pivot`.

    The test evaluations that it counts are among `evaluations`, those of all records by id, or else the folder's.
    """
    suite = status.suite
    stages = {spec.stage for spec in suite.specs}
    tests = {evaluation_of(spec)._replace(stage="test") for spec in suite.specs}
    evaluations = read_evaluations(results) if evaluations is None else evaluations
    try:
        return make_table(
            suite.title,
            suite.note,
            status.records,
            suite.published if stages == {"test"} else (),
            rows=rows or suite.rows,
            columns=columns or suite.columns,
            test_evaluations=sum(evaluation in tests for evaluation in evaluations.values()),
            missing=status.missing,
            choices=status.choices,
            sort=sort,
        )
    except RequestError as error:
        raise _of_option(error, rows, columns) or suite.refusal(error) from error


def _of_option(error: RequestError, rows: Sequence[str], columns: Sequence[str]) -> RequestError | None:
    """The error with the option that it is about; None where the layout is the suite's."""
    for key, given in (("rows", rows), ("columns", columns)):
        if given and error.where[:1] == (key,):
            return RequestError(f"--{key} {','.join(given)}: {error}")
    return None
