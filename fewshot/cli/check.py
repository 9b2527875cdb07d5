"""`fewshot check`: the committed tables and figures, compared with their records."""

import argparse
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.records.store import read_records
from fewshot.reporting.figures.draw import rebuilt
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.suite_table import suite_table
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import read_suite

WIDE = 10_000  # columns: a text table's lines are not wrapped


def check(options: argparse.Namespace) -> int:
    """Rebuild tables and figures' data and look at every record; 1, with what differs, when something does."""
    records = read_records(options.results)
    tables = sorted(file for file in (options.results / "tables").glob("*.*") if file.suffix[1:] in FORMATS)
    figures = sorted(options.figures.glob("*/*.json"))
    if not records:
        raise RequestError(f"{options.results}: expected records under runs/, found none")
    wrong = [
        *_of_records(options.results),
        *_of_tables(tables, options.results),
        *_of_figures(figures, options.results),
    ]
    print("\n".join([*wrong, f"{len(records)} records, {len(tables)} tables, {len(figures)} figures: "
                     f"{len(wrong) or 'none'} wrong"]))  # fmt: skip
    return 1 if wrong else 0


def _of_records(results: Path) -> Iterator[str]:
    for record in read_records(results).values():
        if not record.facts.get("commit") or record.facts.get("dirty") is not False:
            yield f"record {record.id}: it came from a changed tree, or from none"


def _of_tables(files: list[Path], results: Path) -> Iterator[str]:
    for file in files:
        try:
            fresh = render(suite_table(_status(file.stem, results), results), file.suffix[1:], WIDE)
        except RequestError as error:
            yield f"{file}: {error}"
            continue
        stored = file.read_text(encoding="utf-8", errors="replace")
        for number, (old, new) in enumerate(zip(stored.splitlines(), fresh.splitlines(), strict=False), start=1):
            if old != new:
                yield f"{file}, line {number}: {old}\n  a rebuild says: {new}"
                break
        else:
            if stored != fresh:
                yield f"{file}: a rebuild is of another length"


def _of_figures(files: list[Path], results: Path) -> Iterator[str]:
    for folder, group in groupby(files, lambda file: file.parent):
        try:
            status = _status(folder.name, results)
        except RequestError as error:
            yield from (f"{file}: {error}" for file in group)
            continue
        differences = (rebuilt(file, status.suite, status.records) for file in group)
        yield from filter(None, differences)


def _status(suite: str, results: Path) -> Status:
    return read_status(read_suite(suite), results)
