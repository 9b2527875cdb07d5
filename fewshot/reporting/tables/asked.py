"""The table that is asked for: of a suite, or of all records in a folder."""

from dataclasses import replace
from pathlib import Path
from typing import Unpack

from fewshot.core.checks import of_type
from fewshot.core.errors import RequestError, unknown
from fewshot.records.store import RESULTS, check_there, records_below
from fewshot.registry.pitfalls import refuse_pitfalls
from fewshot.reporting.columns import TASK, VERIFIED
from fewshot.reporting.comparisons.difference_table import make_difference_table
from fewshot.reporting.pivot import SORTS
from fewshot.reporting.summary import Method, marked_apart, summarise
from fewshot.reporting.table import Table
from fewshot.reporting.tables.folder import check_as_it_is, chosen_records, folder_of, folder_table, table_of_some
from fewshot.reporting.tables.suite import suite_table
from fewshot.suites.request import Changes, SuiteRequest, request
from fewshot.suites.status import read_status


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


def by_method(asked: SuiteRequest, results: Path | None) -> tuple[Table, list[Method]]:
    """The table of a suite or of a folder's records with a line for each method, and the methods in its order."""
    if folder := folder_of(asked.name):
        check_as_it_is(folder, asked, results, "only, stage or plugin")
        asked.load_plugins()
        every, missing = records_below(folder), ()
        records = chosen_records(every, folder, asked.only, asked.stage)
        table = table_of_some(folder, records, every)
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
