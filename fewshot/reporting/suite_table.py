"""The table of a suite, from the records in a results folder, or of all records in a folder."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import compress
from pathlib import Path
from typing import Unpack

from fewshot.core.checks import of_type
from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.evaluation import Evaluation, evaluation_of
from fewshot.protocols import count_looks
from fewshot.records.index import read_evaluations
from fewshot.records.record import RunRecord
from fewshot.records.store import RESULTS, check_there, records_below
from fewshot.registry.pitfalls import refuse_pitfalls
from fewshot.reporting.columns import TASK, VERIFIED
from fewshot.reporting.comparisons.difference_table import make_difference_table
from fewshot.reporting.pitfalls.table import pitfalls_table
from fewshot.reporting.pivot import SORTS
from fewshot.reporting.render import write_tables
from fewshot.reporting.summary import Method, marked_apart, summarise
from fewshot.reporting.table import Table, make_table
from fewshot.suites.request import Changes, SuiteRequest, request
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import Suite, fitting, read_suite, suite_files

NOT_OF_FOLDERS = ("add", "changes", "seeds", "steps", "of_dataset")  # changes that make other cells


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


def check_table(suite: Suite, rows: Sequence[str] = (), columns: Sequence[str] = ()) -> None:
    """Refuse early a layout or published figures that the table of the suite's records would refuse."""
    of_methods = tuple({cell.start.method: cell for cell in suite.cells}.values())
    suite_table(Status(replace(suite, cells=of_methods), {}, {}), Path(), rows, columns, evaluations={})


def table(
    suite: str | Path,
    *,
    results: Path | str = RESULTS,
    sort: str = "",
    differences: bool = False,
    **changes: Unpack[Changes],
) -> Table:
    """The table of a suite from the records in a results folder, or of all records in a folder; nothing is computed.

    `suite` is a suite's name, its TOML file or a folder. `changes` are as in `run`; to a folder's records `only`,
    `stage`, `plugins`, `rows` and `columns` apply. `rows` and `columns` are keys ("loss", "task", …); `sort` is
    "accuracy" or "suite", the suite's order. With `differences` it is the matrix of paired differences of all methods.
    The table prints as text and is HTML in a notebook, stars and all; `to_frame()` makes it a pandas DataFrame.

    >>> import fewshot
    >>> table = fewshot.run("quickstart", only="learner=pixels", stage="val", results="mine")
    >>> fewshot.table("mine")
    Records in mine
    ...
    pixels  ... ± ...
    >>> fewshot.table("mine").to_frame()[["method", "task", "n"]]
       method           task    n
    0  pixels  20-way 1-shot  300
    """
    of_type(str | Path, results=results)
    of_type(bool, differences=differences)
    if sort not in ("", *SORTS):
        raise unknown("sort", str(sort), SORTS)
    folder = Path(results)
    return asked_table(request(suite, changes), None if folder == RESULTS else folder, sort, differences)


def asked_table(asked: SuiteRequest, results: Path | None, sort: str = "", differences: bool = False) -> Table:
    """The table of a suite, its cells without a record among its rows, or of a folder's records, which nothing changes.

    `results` is None where none was named. With `differences`, the matrix of differences. Raises `RequestError` for a
    folder that is not there.
    """
    if differences and (asked.rows or asked.columns or sort):
        raise RequestError("differences: expected no rows, columns or sort beside it, as it has its own")
    if folder := folder_of(asked.name):
        check_as_it_is(folder, asked, results, "only, stage, plugin, rows, columns, sort or format")
        asked.load_plugins()
        if differences:
            chosen = chosen_records(records_below(folder), folder, asked.only, asked.stage)
            return replace(make_difference_table(f"Records in {folder}", chosen), name=f"{folder.name}-differences")
        return folder_table(folder, asked.rows, asked.columns, only=asked.only, stage=asked.stage, sort=sort)
    suite, results = asked.read(), results or RESULTS
    check_there(results)
    status = read_status(suite, results)
    if differences:
        refuse_pitfalls(f"differences of suite {suite.name}", suite.specs)
        found = make_difference_table(suite.title, status.records, status.missing)
        return replace(found, name=f"{suite.name}-differences")
    return suite_table(status, results, asked.rows, asked.columns, sort=sort)


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


def by_method(asked: SuiteRequest, results: Path | None) -> tuple[Table, list[Method]]:
    """The table of a suite or of a folder's records with a line for each method, and the methods in its order."""
    if folder := folder_of(asked.name):
        check_as_it_is(folder, asked, results, "only, stage or plugin")
        asked.load_plugins()
        every, missing = records_below(folder), ()
        records = chosen_records(every, folder, asked.only, asked.stage)
        table = _of_folder(folder, records, every)
    else:
        suite, results = asked.read(), results or RESULTS
        refuse_pitfalls(f"suite {suite.name}", suite.specs)
        check_there(results)
        status = read_status(suite, results)
        records, missing = status.records, status.missing
        own = suite.rows if {*suite.columns} <= {TASK, VERIFIED} and TASK not in suite.rows else ()
        columns = (TASK, *({*suite.columns} & {VERIFIED}))
        table = suite_table(replace(status, suite=replace(suite, rows=own)), results, columns=columns)
    methods = {one.spec.id: one for one in marked_apart(summarise(records, missing))}
    return table, [methods[name] for name in table.methods]


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
        return _of_folder(folder, chosen_records(records, folder, only, stage), records, rows, columns, sort)
    except RequestError as error:
        raise _of_option(error, rows, columns) or error from error


def _of_folder(
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


def chosen_records(
    records: Sequence[RunRecord], folder: Path, only: Sequence[str], stage: str | None
) -> list[RunRecord]:
    """The records of a folder that `only` and `stage` choose. Raises `RequestError` where there are none."""
    records = [record for record in records if stage in (None, record.spec.stage)]
    if not records:
        raise RequestError(f"folder {folder}: expected records at stage {stage}, found none")
    return list(compress(records, fitting([record.spec for record in records], only, f"folder {folder}")))


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
        raise _of_option(error, rows, columns) or suite.refusal(error) from error
    return replace(found, name=suite.name)


def _of_option(error: RequestError, rows: Sequence[str], columns: Sequence[str]) -> RequestError | None:
    """The error with the option that it is about; None where the layout is the suite's."""
    for key, given in (("rows", rows), ("columns", columns)):
        if given and error.where[:1] == (key,):
            return RequestError(f"--{key} {','.join(given)}: {error}")
    return None
