"""Logs as CSV files, one a run: `logs/csv/ID.csv`."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from fewshot.core.files import write_whole
from fewshot.core.spec.run_spec import RunSpec
from fewshot.training.meter import Row

HEAD = ("step", "loss", "rate", "val_accuracy", "images_a_second", "time")


class CsvLog:
    """A file that grows by whole lines."""

    def __init__(self, file: Path) -> None:
        self.file = file
        write_whole(file, _lines([HEAD]))

    def write(self, rows: Sequence[Row]) -> None:
        """Add lines."""
        with self.file.open("ab") as out:
            out.write(_lines(tuple(_short(value) for value in row) for row in rows))

    def close(self) -> None:
        """Nothing is left to write."""


def open_log(folder: Path, spec: RunSpec, resumed: bool) -> CsvLog:
    """Begin the file of a run."""
    return CsvLog(folder / f"{spec.id}.csv")


def where(folder: Path) -> str:
    """Where the files are, in words."""
    return f"{folder}, a file for each training"


def _short(value: float | None) -> object:
    return float(f"{value:.6g}") if isinstance(value, float) and abs(value) < 1e6 else value


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
