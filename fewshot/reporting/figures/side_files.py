"""The side file of a figure: its source data as JSON, written, and compared with a rebuild."""

import hashlib
import json
from pathlib import Path

import numpy as np

from fewshot.core.files import regular

HEAD = ("figure", "suite", "records")


def to_text(found: dict) -> str:
    """A side file: source data as JSON, one row a line; an array has its shape and, of whole numbers, its digest."""
    head = [f"  {json.dumps(key)}: {json.dumps(found[key])},\n" for key in HEAD]
    rows = [f"    {json.dumps(row, ensure_ascii=False, allow_nan=False, default=_digest)}" for row in found["rows"]]
    return "{\n" + "".join(head) + '  "rows": [\n' + ",\n".join(rows) + "\n  ]\n}\n"


def difference(file: Path, fresh: dict, near: float = 0.0) -> str | None:
    """The first difference of a side file from the source data of a rebuild, `fresh`; None without any.

    Numbers may differ by `near`, or of larger ones by this share: those that a network computes on another machine.
    """
    try:
        text = regular(file).read_text(encoding="utf-8")
        stored = json.loads(text)
        rows = list(stored["rows"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{file}: expected a figure's source data, got: {type(error).__name__}: {error}"
    if text == (again := to_text(fresh)):
        return None
    fresh = json.loads(again)
    for key in HEAD:
        if stored.get(key) != fresh[key]:
            return f"{file}: it differs in {_first(key, stored.get(key), fresh[key])}"
    for number, (old, new) in enumerate(zip(rows, fresh["rows"], strict=False), start=1):
        for key in new if isinstance(old, dict) else ():
            if not _alike(old.get(key), new[key], near):
                return f"{file}: row {number} differs in {_first(key, old.get(key), new[key], near)}"
        if not _alike(old, new, near):
            return f"{file}: row {number} has other keys than a rebuild"
    if len(rows) != len(fresh["rows"]):
        return f"{file}: {len(rows)} rows, a rebuild has {len(fresh['rows'])}"
    return None if near else f"{file}: the values are those of a rebuild, the text is not"


def _alike(old: object, new: object, near: float) -> bool:
    """Whether two values are equal, their numbers nearly so."""
    if isinstance(old, float) and isinstance(new, int | float):
        return abs(old - new) <= near * max(1.0, abs(new))
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(_alike(*pair, near) for pair in zip(old, new, strict=True))
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(_alike(old[key], new[key], near) for key in new)
    return old == new


def _first(key: str, old: object, new: object, near: float = 0.0) -> str:
    """The first place where two values differ by more than `near`, with both values."""
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return f"{key}: {len(old)} items, a rebuild has {len(new)}"
        place = next(i for i, pair in enumerate(zip(old, new, strict=True)) if not _alike(*pair, near))
        return _first(f"{key}[{place}]", old[place], new[place], near)
    return f"{key}: {json.dumps(old, ensure_ascii=False)}, a rebuild says {json.dumps(new, ensure_ascii=False)}"


def _digest(array: np.ndarray) -> str:
    """The shape of an array, and its content in short; not that of floats, whose last digits the machine sets."""
    shape = f"{array.dtype} {'×'.join(map(str, array.shape))}"
    if array.dtype.kind == "f":
        return shape
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"{shape} {content[:12]}"
