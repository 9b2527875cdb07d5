"""The side file of a figure: its source data as JSON, written, and compared with a rebuild."""

import hashlib
import json
from pathlib import Path

import numpy as np

from fewshot.core.files import regular

HEAD = ("figure", "suite", "records")


def to_text(found: dict) -> str:
    """A side file: source data as JSON, one row a line; an array has its shape and its digest there."""
    head = [f"  {json.dumps(key)}: {json.dumps(found[key])},\n" for key in HEAD]
    rows = [f"    {json.dumps(row, ensure_ascii=False, allow_nan=False, default=_digest)}" for row in found["rows"]]
    return "{\n" + "".join(head) + '  "rows": [\n' + ",\n".join(rows) + "\n  ]\n}\n"


def difference(file: Path, fresh: dict) -> str | None:
    """The first difference of a side file from the source data of a rebuild, `fresh`; None without any."""
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
            if old.get(key) != new[key]:
                return f"{file}: row {number} differs in {_first(key, old.get(key), new[key])}"
        if old != new:
            return f"{file}: row {number} has other keys than a rebuild"
    if len(rows) != len(fresh["rows"]):
        return f"{file}: {len(rows)} rows, a rebuild has {len(fresh['rows'])}"
    return f"{file}: the values are those of a rebuild, the text is not"


def _first(key: str, old: object, new: object) -> str:
    """The first place where two values differ, with both values."""
    if isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            return f"{key}: {len(old)} items, a rebuild has {len(new)}"
        place = next(i for i, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1])
        return _first(f"{key}[{place}]", old[place], new[place])
    return f"{key}: {json.dumps(old, ensure_ascii=False)}, a rebuild says {json.dumps(new, ensure_ascii=False)}"


def _digest(array: np.ndarray) -> str:
    """The shape and the content of an array in short."""
    content = hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()
    return f"{array.dtype} {'×'.join(map(str, array.shape))} {content[:12]}"
