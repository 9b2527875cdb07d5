"""`fewshot measure`: the verification table of any system's scores of pairs.

fewshot measure scores.csv --choose val.csv
fewshot measure scores.csv --figure det.png
fewshot measure 9d0c5f8a1b2c --export scores.csv
fewshot measure scores.csv --choose 9d0c5f8a1b2c --json
"""

import argparse
import json
import tempfile
from pathlib import Path

from fewshot.cli import suite_options
from fewshot.core.errors import RequestError, unknown
from fewshot.core.files import check_place, write_whole
from fewshot.records.store import ID, find_by_id
from fewshot.records.stored.text import read_record
from fewshot.reporting.render import render
from fewshot.reporting.verification.block import plain
from fewshot.reporting.verification.pair_scores import PairScores
from fewshot.reporting.verification.scores_file import to_csv
from fewshot.reporting.verification.system import RECORD, rows_of, scores_of, table_of

AXES = ("det", "roc")
FORMS = (".pdf", ".png", ".svg")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of `fewshot measure`."""
    scores = "a CSV score,same[,left,right][,role] (an empty score is a failure to acquire), or a record: ID, ID.json"
    parser.add_argument("scores", type=Path, metavar="SCORES.csv", help=scores)
    chooser = "choose thresholds and calibration on this CSV, or take those of this record (a record's own, else none)"
    parser.add_argument("--choose", type=Path, metavar="VAL.csv", help=chooser)
    suite_options.add_results(parser)
    parser.add_argument("--json", action="store_true", help="print the figures as JSON (a table)")
    parser.add_argument("--figure", type=Path, metavar="FILE", help=f"draw the curve, as {', '.join(FORMS)} (none)")
    parser.add_argument("--axes", choices=AXES, default="det", help="of the figure (det)")
    parser.add_argument("--export", type=Path, metavar="FILE.csv", help="write a record's scores as a CSV (none)")


def do(options: argparse.Namespace) -> int:
    """Print the table of the parsed options, and return the exit code."""
    file, figure, export = _file(options.scores, options.results), options.figure, options.export
    chooser = options.choose and _file(options.choose, options.results)
    if figure and figure.suffix.lower() not in FORMS:
        raise unknown("form of --figure", figure.suffix, FORMS)
    if export and file.suffix != RECORD:
        raise RequestError(f"--export {export}: expected a record ID.json to export, got {file}")
    for made in filter(None, (figure, export)):
        check_place(made, file, *([chooser] if chooser else []))
    if export and export.suffix != ".csv":
        raise unknown("form of --export", export.suffix, (".csv",))
    found = scores_of(file, chooser)
    on = chooser.name if chooser and chooser.suffix != RECORD else "val"
    if options.json:
        print(
            json.dumps({"source": str(file), "chosen_on": on if found[0].chosen else None, **_plain(found)}, indent=1)
        )
    else:
        print(render(table_of(found, f"Verification by {file.name}", on), "text"), end="")
    if figure:
        write_whole(figure, _drawn(found, options.axes, figure.suffix.lower()))
    if export:
        write_whole(export, to_csv(read_record(file)).encode(errors="backslashreplace"))
    return 0


def _file(named: Path, results: Path) -> Path:
    """The file that an argument names: a path, or the id of a record."""
    return find_by_id(results, str(named)) if ID.fullmatch(str(named)) else named


def _plain(found: list[PairScores]) -> dict:
    return {one.named: plain(one) for one in found}


def _drawn(found: list[PairScores], axes: str, form: str) -> bytes:
    from fewshot.reporting.figures.draw import figure_module
    from fewshot.reporting.figures.page.look import looking
    from fewshot.reporting.figures.page.page import PLAIN

    with tempfile.TemporaryDirectory() as folder, looking():
        file = Path(folder, f"figure{form}")
        figure_module(axes).draw(rows_of(found, axes), PLAIN).savefig(file)
        return file.read_bytes()
