"""`fewshot check results`: the tables and figures that are kept, compared with their records.

fewshot check results
fewshot check results --results mine --figures mine/figures
"""

import argparse
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.core.spec.evaluation import evaluation_of
from fewshot.inspection.figures import PICTURES
from fewshot.records.record import RunRecord
from fewshot.records.store import record_files
from fewshot.records.stored.text import read_record
from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures.draw import rebuilt, source
from fewshot.reporting.figures.given import LeftOut, given_by
from fewshot.reporting.figures.page.page import PLAIN
from fewshot.reporting.figures.side_files import difference
from fewshot.reporting.latex.figures import snippet_of
from fewshot.reporting.render import FORMATS, render
from fewshot.reporting.tables.suite import suite_table
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import read_suite

NEAR = 1e-3  # numbers that networks compute on several machines
WIDE = 10_000  # columns: a text table's lines are not wrapped


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot check results`."""
    suite_options.add_results(parser)
    parser.add_argument("--figures", type=Path, metavar="DIR", help="the figures (paper_figures, if it is there)")


def do(options: argparse.Namespace) -> int:
    """Check the folders of the parsed options, and return the exit code."""
    if options.figures and not options.figures.is_dir():
        raise RequestError(f"--figures {options.figures}: expected a folder of figures, it is not there")
    return check_results(options.results, options.figures or Path("paper_figures"))


def check_results(results: Path, folder: Path) -> int:
    """Rebuild tables and figures' data, check every record, print the differences, and return 1 if there are any."""
    records, damaged = _read(results)
    tables = sorted(file for file in (results / "tables").glob("[!.]*.*") if file.suffix[1:] in FORMATS)
    figures = sorted(folder.glob("[!.]*/[!.]*.json"))
    if not records and not damaged:
        raise RequestError(f"--results {results}: expected a folder with records under runs/, found none")
    wrong = [*damaged, *_of_records(records), *_of_tables(tables, results, records)]
    wrong += _of_figures([file for file in figures if file.stem not in PICTURES], results, records)
    of_images, unread = _of_pictures([file for file in figures if file.stem in PICTURES], results, records)
    wrong += [*of_images, *_of_snippets(sorted(folder.glob("[!.]*/figures.tex")))]
    drawn = f"{len(figures)} figures" if folder.is_dir() else f"no folder {folder}"
    number = len(records) + len(damaged)
    print(*unread, *wrong, f"{number} records, {len(tables)} tables, {drawn}: {len(wrong) or 'none'} wrong", sep="\n")
    return 1 if wrong else 0


def _read(results: Path) -> tuple[dict[str, RunRecord], list[str]]:
    """The records of a folder by id, and a line for each damaged one."""
    records, damaged = {}, []
    for file in record_files(results):
        try:
            records[file.stem] = read_record(file)
        except RequestError as error:
            damaged.append(str(error))
    return records, damaged


def _of_records(records: Mapping[str, RunRecord]) -> Iterator[str]:
    """A line for each record that was not made by committed code or by an installed version."""
    for record in records.values():
        commit, version = record.facts.get("commit"), record.facts.get("versions", {}).get("fewshot")
        if not (commit or version) or (commit and record.facts.get("dirty") is not False):
            yield f"record {record.id}: made by changed sources, or by sources without a commit or a version"


def _of_tables(files: list[Path], results: Path, records: Mapping[str, RunRecord]) -> Iterator[str]:
    evaluations = {
        name: evaluation_of(record.spec, record.classes) for name, record in records.items() if not record.spec.pitfalls
    }
    for file in files:
        try:
            table = suite_table(_status(file.stem, results, records), results, evaluations=evaluations)
            fresh = render(table, file.suffix[1:], WIDE)
            stored = regular(file).read_text(encoding="utf-8", errors="replace")
        except (RequestError, OSError) as error:
            yield f"{file}: {error}"
            continue
        for number, (old, new) in enumerate(zip(stored.splitlines(), fresh.splitlines(), strict=False), start=1):
            if old != new:
                yield f"{file}, line {number}: {old}\n  a rebuild says: {new}"
                break
        else:
            if stored != fresh:
                yield f"{file}: a rebuild is of another length"


def _of_figures(files: list[Path], results: Path, records: Mapping[str, RunRecord]) -> Iterator[str]:
    for folder, group in groupby(files, lambda file: file.parent):
        try:
            status = _status(folder.name, results, records)
        except RequestError as error:
            yield from (f"{file}: {error}" for file in group)
            continue
        differences = (rebuilt(file, given_by(status)) for file in group)
        yield from filter(None, differences)


def _of_pictures(files: list[Path], results: Path, records: Mapping[str, RunRecord]) -> tuple[list[str], list[str]]:
    """The lines of figures with images: their differences, and those that are not compared for lack of images."""
    wrong, unread = [], []
    for file in files:
        try:
            fresh = source(file.stem, given_by(_status(file.parent.name, results, records), results), PICTURES)
        except LeftOut as reason:
            unread.append(f"{file}: not compared: {reason}")
        except RequestError as error:
            wrong.append(f"{file}: {error}")
        else:
            wrong += filter(None, [difference(file, fresh, NEAR)])
    return wrong, unread


def _of_snippets(files: list[Path]) -> Iterator[str]:
    for file in files:
        try:
            fresh = snippet_of(file.parent, read_suite(file.parent.name).title, PLAIN, FIGURES | PICTURES)
            same = regular(file).read_text("utf-8") == fresh
        except (RequestError, OSError, UnicodeDecodeError) as error:
            yield f"{file}: {error}"
            continue
        if not same:
            yield f"{file}: a rebuild says otherwise; fewshot figures {file.parent.name} writes it"


def _status(suite: str, results: Path, records: Mapping[str, RunRecord]) -> Status:
    return read_status(read_suite(suite), results, known=records)
