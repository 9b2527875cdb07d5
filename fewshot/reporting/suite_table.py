"""The table of a suite, from the records in a results folder."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.records.index import Evaluation, evaluation_of, read_evaluations
from fewshot.reporting.render import write_tables
from fewshot.reporting.table import Table, make_table
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import Suite, read_suite, suite_files


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
            sort=sort,
        )
    except RequestError as error:
        for key, given in (("rows", rows), ("columns", columns)):
            if given and error.where[:1] == (key,):
                raise RequestError(f"--{key} {','.join(given)}: {error}") from error
        raise suite.refusal(error) from error
