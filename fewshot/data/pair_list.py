"""Lists of named pairs of images: LFW's `pairs.txt` and `pairsDev*.txt`, and CSV with
`left,right,same[,fold][,role]`."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fewshot.core.errors import RequestError
from fewshot.core.files import regular
from fewshot.data.class_lists.names import composed, split_of

COLUMNS, MORE = ("left", "right", "same"), ("fold", "role")
SAME = {"1": True, "0": False, "true": True, "false": False}
MOST = 10**6  # pairs of a list: each has a score in a record
LARGEST = 2**28  # bytes of a list


@dataclass(frozen=True)
class NamedPair:
    """Two images, each as its file within the data set, CLASS/FILE or CLASS/NUMBER, and whether they are of one class.

    `fold` and `role` are texts of the list, "" where it has none; `line` is the pair's place in it.
    """

    left: str
    right: str
    same: bool
    fold: str = ""
    role: str = ""
    line: int = 0


def read_pair_list(file: Path) -> tuple[NamedPair, ...]:
    """The pairs of a list, CSV by the ending `.csv`, otherwise LFW's forms.

    Raises `RequestError`, with the line, for a file of another form and for an image beside itself.
    """
    try:
        if (size := regular(file).stat().st_size) > LARGEST:
            raise RequestError(f"{file}: expected a list of pairs of at most {LARGEST:,} bytes, got {size:,}")
        text = composed(file.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "bytes that are no UTF-8"
        raise RequestError(f"{file}: expected a list of pairs, got: {why}") from error
    found = tuple((_csv if file.suffix.lower() == ".csv" else _lfw)(file, text))
    if not found or len(found) > MOST:
        raise RequestError(f"{file}: expected 1 to {MOST:,} pairs, got {len(found):,}")
    if alone := next((pair for pair in found if pair.left == pair.right), None):
        raise _wrong(file, alone.line, "two images", f"{alone.left} twice")
    return found


def _csv(file: Path, text: str) -> Iterator[NamedPair]:
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if not {*COLUMNS} <= {*header} <= {*COLUMNS, *MORE} or len({*header}) < len(header):
            raise _wrong(file, 1, "the columns left,right,same and perhaps fold,role", ",".join(header) or "none")
        for row in filter(None, rows):
            cells = dict(zip(header, map(str.strip, row), strict=False))
            if len(row) != len(header) or not cells["left"] or not cells["right"]:
                raise _wrong(file, rows.line_num, f"{len(header)} cells, with two images", ",".join(row))
            if (same := SAME.get(cells.pop("same").lower())) is None:
                raise _wrong(file, rows.line_num, "1, 0, true or false under same", ",".join(row))
            yield NamedPair(**cells, same=same, line=rows.line_num)
    except csv.Error as error:
        raise _wrong(file, rows.line_num, "CSV with commas", str(error)) from error


def _lfw(file: Path, text: str) -> Iterator[NamedPair]:
    """The pairs of LFW: of each fold so many of one person, "name 1 4", and then as many of two, "name 1 other 2"."""
    lines = [line.split("\t") if "\t" in line else line.split() for line in text.splitlines()]
    lines = [[cell.strip() for cell in line] for line in lines]
    head = lines[0] if lines else []
    if len(head) not in (1, 2) or not all(_is_number(one) for one in head):
        raise _wrong(
            file, 1, "the number of pairs of each kind, after that of folds where there are any", " ".join(head)
        )
    folds, each = (1, *map(int, head))[-2:]
    if len(lines) - 1 != 2 * folds * each:
        raise RequestError(f"{file}: expected {2 * folds * each:,} pairs after the first line, got {len(lines) - 1:,}")
    for place, line in enumerate(lines[1:]):
        same = place // each % 2 == 0
        numbers = line[1:] if same else line[1::2]
        if len(line) != (3 if same else 4) or not all(map(_is_number, numbers)):
            form = "a name and two numbers" if same else "two names, each before a number"
            raise _wrong(file, place + 2, form, " ".join(line))
        left, right = (
            f"{name}/{int(number)}"
            for name, number in zip((line[0], line[-2 if not same else 0]), numbers, strict=True)
        )
        yield NamedPair(left, right, same, str(place // (2 * each) + 1) if len(head) == 2 else "", line=place + 2)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < len(text) < 10


def _wrong(file: Path, line: int, expected: str, got: str) -> RequestError:
    return RequestError(f"{file}, line {line}: expected {expected}, got {got[:80]}")


def of_classes(pairs: Sequence[NamedPair], classes: Sequence[str]) -> set[str]:
    """Those of the classes of which a pair names an image."""
    known = {composed(name): name for name in classes}
    images, there = {image for pair in pairs for image in (pair.left, pair.right)}, {*known}
    return {known[name] for image in images if (name := class_in(image, there))}


def class_in(image: str, classes: set[str]) -> str:
    """The class that an image's name begins with, the longest if there are several, also behind the folder of a split;
    "" for none."""
    name = image
    while name := name.rpartition("/")[0]:
        if name in classes:
            return name
    split, _, below = image.partition("/")
    return class_in(below, classes) if "/" in below and split_of(split) else ""
