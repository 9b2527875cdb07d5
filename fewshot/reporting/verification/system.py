"""The table of one system's scores of pairs, from a CSV or a record."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.statistics.operating_points import Chosen, choose
from fewshot.records.stored.text import read_record
from fewshot.reporting.blocks import Block, Table, clean, one_line
from fewshot.reporting.summary import Method
from fewshot.reporting.verification.block import blocks_of, notes_of
from fewshot.reporting.verification.pair_scores import PairScores, of_method
from fewshot.reporting.verification.rates import curve_figures
from fewshot.reporting.verification.scores_file import read_scores

RECORD = ".json"


def scores_of(file: Path, chooser: Path | None = None) -> list[PairScores]:
    """The scores in a CSV, then those of each role of different-class pairs, or the scores of a record.

    A second file chooses the thresholds and the calibration: val's scores, or the record that holds its own choice.
    """
    if file.suffix == RECORD:
        record = read_record(file)
        if not record.same or not record.different:
            raise RequestError(f"{file}: expected a record with pairs of both kinds, got none")
        found = of_method(Method(record.spec, "", (record,)), "all")
    else:
        found = read_scores(file).scores()
    return replace(found, chosen=(_choice(chooser),)).by_role() if chooser else found.by_role()


def table_of(found: Sequence[PairScores], title: str, chosen_on: str) -> Table:
    """The table of a system's scores, whose thresholds were chosen on `chosen_on`."""
    first, *more = map(clean, blocks_of(found, "pairs"))
    lines = [(one.named, name, f"{figure.value:.6f}") for one in found for name, figure in curve_figures(one).items()]
    tidy = Block(("pairs", "figure", "value"), tuple(lines))
    return Table(one_line(title), first, tidy, tuple(map(one_line, notes_of(found, chosen_on))), tuple(more))


def _choice(file: Path) -> Chosen:
    if file.suffix != RECORD:
        scores = read_scores(file)
        return choose(scores.score[scores.same], scores.score[~scores.same], digits=17)
    record = read_record(file)
    if not record.points:
        raise RequestError(f"{file}: expected a record with points chosen on val, got one without")
    return record.chosen


def rows_of(found: Sequence[PairScores], axes: str) -> list[dict]:
    """The rows of the figure of these scores on `axes`, "roc" or "det"."""
    from fewshot.reporting.figures.draw import figure_module

    return [
        {"network": "scores", "label": one.named if len(found) > 1 else "", "seeds": 1, "records": []}
        | figure_module(axes).curve([(one.same[0], one.different[0])], thresholds=[own.points for own in one.chosen])
        for one in found
    ]
