"""The table of a suite, from the records in a results folder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.spec.evaluation import Evaluation, evaluation_of
from fewshot.protocols import count_looks
from fewshot.records.index import read_evaluations
from fewshot.reporting.layout import of_option
from fewshot.reporting.pitfalls.table import pitfalls_table
from fewshot.reporting.render import write_tables
from fewshot.reporting.table import Table, make_table
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import read_suite, suite_files


def refresh(results: Path, also: str = "") -> None:
    """Write the tables of a results folder anew, as one suite's records may count for another, and one more table.

    Only suites that come with the package have tables there, as `fewshot check results` knows no others.
    """
    there = {file.stem for file in (results / "tables").glob("[!.]*.*")} | {also}
    names = sorted(there & set(suite_files()))
    evaluations = read_evaluations(results) if names else {}
    for name in names:
        table = suite_table(read_status(read_suite(name), results), results, evaluations=evaluations)
        write_tables(table, results / "tables", name)


def check_table(
    status: Status, results: Path, rows: Sequence[str] = (), columns: Sequence[str] = (), sort: str = ""
) -> None:
    """Refuse early a layout, published figures, or damaged records of a folder, that the suite's table would refuse."""
    of_methods = tuple({cell.start.method: cell for cell in status.suite.cells}.values())
    evaluations = read_evaluations(results, status.recorded)
    bare = Status(replace(status.suite, cells=of_methods), {}, {})
    suite_table(bare, results, rows, columns, evaluations, sort=sort)


def suite_table(
    status: Status,
    results: Path,
    rows: Sequence[str] = (),
    columns: Sequence[str] = (),
    evaluations: Mapping[str, Evaluation] | None = None,
    *,
    sort: str = "",
) -> Table:
    """The table of the suite's records so far, in these rows and columns or else the suite's own, sorted as in `pivot`.

    Those that met its test classes are counted among `evaluations`, those of all records by id, or else the folder's.
    """
    suite = status.suite
    if any(spec.pitfalls for spec in suite.specs):
        return pitfalls_table(status, (*rows, *columns, *suite.rows, sort))
    stages = {spec.stage for spec in suite.specs}
    evaluations = read_evaluations(results, status.recorded) if evaluations is None else evaluations
    try:
        found = make_table(
            suite.title,
            suite.note,
            status.records,
            suite.published if stages == {"test"} else (),
            rows=rows or suite.rows,
            columns=columns or suite.columns,
            test_evaluations=count_looks(map(evaluation_of, suite.specs), evaluations.values()),
            missing=status.missing,
            choices=status.choices,
            sort=sort,
        )
    except RequestError as error:
        raise of_option(error, rows, columns) or suite.refusal(error) from error
    return replace(found, name=suite.name)
