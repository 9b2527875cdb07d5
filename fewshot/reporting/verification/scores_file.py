"""Scores of pairs as a CSV, of any system or of a record: `score,same[,left,right,role]`."""

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, zip_longest
from pathlib import Path

import numpy as np

from fewshot.core.errors import RequestError, one_line
from fewshot.core.files import regular
from fewshot.data.class_lists.names import group_of, unturned
from fewshot.records.answers import PairList
from fewshot.records.record import RunRecord
from fewshot.reporting.comparisons.units import ENOUGH
from fewshot.reporting.verification.pair_scores import PairScores

COLUMNS = ("score", "same", "left", "right", "role")
SAME = {"1": True, "true": True, "0": False, "false": False}
LARGEST = 1e100  # of a score, so that squares are finite


@dataclass(frozen=True)
class ScoreFile:
    """The rows of a CSV, `[pair]`: scores, −infinity where the cell is empty; same or not; both sides' names; roles."""

    score: np.ndarray
    same: np.ndarray
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    role: tuple[str, ...] = ()

    def scores(self) -> PairScores:
        """The scores of both kinds of pair, with the identities of their sides where these are named."""
        same, roles = self.same, np.array(self.role)
        kinds = (self.score[None, kind] for kind in (same, ~same))
        own = tuple(roles[~same].tolist()) if self.role else ()
        return PairScores("all", *kinds, sides=self._sides() if self.left else None, roles=own)

    def _sides(self) -> tuple[np.ndarray, np.ndarray]:
        """The identities of both sides: names that same-class pairs connect are one identity.

        Where both sides of each same-class pair have one name, such as a class's, names of a group count as one if
        there are enough groups, as in the tables. A pair without names is of an identity of its own.
        """
        sides = list(zip(self.left, self.right, self.same.tolist(), strict=True))
        named = [one for one in sides if one[0]]
        names = {name for left, right, _ in named for name in (left, right)}
        number = _joined(named)
        if all(left == right for left, right, same in named if same):
            unit = group_of if len({*map(group_of, names)}) >= ENOUGH else unturned
            number = {name: unit(name) for name in names}
        place = {name: at for at, name in enumerate(sorted({*number.values()}))}
        unknown = (len(place) + at for at in count())
        pairs = [[place[number[name]] for name in one[:2]] if one[0] else [next(unknown)] * 2 for one in sides]
        pairs = np.array(pairs)
        return pairs[self.same, 0], pairs[~self.same]


def read_scores(file: Path) -> ScoreFile:
    """The scores in a CSV. Raises `RequestError`, with the line, for anything else, and for pairs of one kind alone."""
    try:
        text = regular(file).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise RequestError(f"{file}: expected a CSV of scores, got: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{file}: expected a CSV in UTF-8, got the byte {error.object[error.start]:#x}") from error
    return _file(file, _rows(file, text))


def to_csv(record: RunRecord) -> str:
    """The scores of a record's pairs as such a CSV, with the classes of both sides and roles where it holds them.

    Failures to acquire are at the end, without score and names.
    """
    out, notes, classes = io.StringIO(), record.pair_list or PairList(), record.classes
    pairs = record.pair_classes
    columns = [*COLUMNS[:2], *(COLUMNS[2:4] if pairs else []), *(COLUMNS[4:] if notes.roles else [])]
    named = [(one, one) for one in pairs.same] + list(pairs.different) if pairs else []
    scores = [(score, 1) for score in record.same] + [(score, 0) for score in record.different]
    scores += [("", same) for kind, same in (("same", 1), ("different", 0)) for _ in range(notes.failed.get(kind, 0))]
    rows = zip_longest(scores, named, notes.roles)
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for (score, same), sides, role in rows:
        names = dict(zip(COLUMNS[2:4], (classes[number] for number in sides or ()), strict=False))
        cells = {"score": score, "same": same, "role": role or ""} | names
        writer.writerow([cells.get(name, "") for name in columns])
    return out.getvalue()


def _rows(file: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not empty, each with its line in the file."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        yield from ((reader.line_num, row) for row in reader if row)
    except csv.Error as error:
        raise RequestError(f"{file}, line {reader.line_num}: expected CSV, got: {error}") from error


def _file(file: Path, rows: Iterator[tuple[int, list[str]]]) -> ScoreFile:
    header = next(rows, (1, []))[1]
    if tuple(header) not in {COLUMNS[:2], COLUMNS[:4], COLUMNS, (*COLUMNS[:2], COLUMNS[4])}:
        raise RequestError(f"{file}, line 1: expected the header score,same[,left,right][,role], got {_shown(header)}")
    columns: dict[str, list] = {name: [] for name in header}
    for line, row in rows:
        where = f"{file}, line {line}"
        if len(row) != len(header):
            raise RequestError(f"{where}: expected {len(header)} cells, got {_shown(row)}")
        for name, cell in zip(header, row, strict=True):
            columns[name].append(_value(name, cell, where))
        names = [columns[name][-1] for name in COLUMNS[2:4] if name in columns]
        if not all(names) and (any(names) or row[0].strip()):
            raise RequestError(f"{where}: left and right: expected two names, got {_shown(row[2:4])}")
    same = np.array(columns["same"], bool)
    if same.all() or not same.any():
        there = "one kind" if len(same) else "none"
        raise RequestError(f"{file}: expected pairs of both kinds, same = 1 and same = 0, got {there}")
    found = ScoreFile(np.array(columns["score"]), same, *(tuple(columns.get(name, ())) for name in COLUMNS[2:]))
    if not all(np.isfinite(found.score[kind]).any() for kind in (same, ~same)):
        raise RequestError(f"{file}: expected scores of pairs of both kinds, got none of one")
    return found


def _value(name: str, cell: str, where: str) -> float | bool | str:
    if name == "same":
        if cell.strip().lower() not in SAME:
            raise RequestError(f"{where}: same: expected 1, 0, true or false, got {_shown([cell])}")
        return SAME[cell.strip().lower()]
    if name != "score":
        return cell
    if not cell.strip():
        return -math.inf
    try:
        score = float(cell)
    except ValueError:
        score = math.nan
    if not abs(score) <= LARGEST:
        raise RequestError(f"{where}: score: expected a finite number, or nothing for a failure, got {_shown([cell])}")
    return score


def _joined(sides: Iterable[tuple[str, str, bool]]) -> dict[str, str]:
    """The first name of each name's identity: same-class pairs connect names."""
    first: dict[str, str] = {}

    def root(name: str) -> str:
        while first.setdefault(name, name) != name:
            first[name] = name = first[first[name]]
        return name

    for left, right, same in sides:
        one, other = root(left), root(right)
        if same:
            first[max(one, other)] = min(one, other)
    return {name: root(name) for name in list(first)}


def _shown(cells: Iterable[str]) -> str:
    text = one_line(",".join(cells))
    return repr(text if len(text) <= 60 else f"{text[:60]}…") if text else "nothing"
