"""A suite's figures: source data from its records, and PDF, PNG and side file drawn from the source data alone."""

import importlib
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from fewshot.core.errors import unknown
from fewshot.core.files import regular
from fewshot.records.record import RunRecord
from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures.style import LOOK
from fewshot.suites.suite import Suite

HEAD = ("figure", "suite", "records")


def source(name: str, suite: Suite, records: Sequence[RunRecord]) -> dict:
    """The content of a figure as plain values: figure, suite, ids of its records, and rows."""
    rows = figure_module(name).data(suite, records)
    used = dict.fromkeys(record for row in rows for record in row["records"])
    return {"figure": name, "suite": suite.name, "records": list(used), "rows": rows}


def draw_figures(suite: Suite, records: Sequence[RunRecord], out: Path, names: Sequence[str] = ()) -> list[Path | str]:
    """Write `<suite>/<figure>` as .pdf, .png and .json for each of `names`, or of all; if one fails, none is written.

    Returns the files, and for a figure that these records hold nothing for, the reason why it is left out.
    """
    import matplotlib.style

    out.mkdir(parents=True, exist_ok=True)
    drawn: list[Path | str] = []
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=out) as draft:
        for name in names or FIGURES:
            found = source(name, suite, records)
            if not found["rows"]:
                drawn.append(f"{name}: {figure_module(name).NEEDS}; {_holds(suite, records)}")
                continue
            with matplotlib.style.context(["default", LOOK]):
                figure = figure_module(name).draw(found["rows"])
                about = {"Title": f"{suite.title}: {name}", "Creator": "fewshot", "CreationDate": None}
                figure.savefig(Path(draft, f"{name}.pdf"), metadata=about)
                figure.savefig(Path(draft, f"{name}.png"), metadata={"Software": None})
            Path(draft, f"{name}.json").write_text(to_text(found), encoding="utf-8")
            drawn += [out / suite.name / f"{name}.{form}" for form in ("pdf", "png", "json")]
        for file in drawn:
            if isinstance(file, Path):
                file.parent.mkdir(exist_ok=True)
                Path(draft, file.name).replace(file)
    return drawn


def to_text(found: dict) -> str:
    """A side file: source data as JSON, one row a line."""
    head = [f"  {json.dumps(key)}: {json.dumps(found[key])},\n" for key in HEAD]
    rows = [f"    {json.dumps(row, ensure_ascii=False, allow_nan=False)}" for row in found["rows"]]
    return "{\n" + "".join(head) + '  "rows": [\n' + ",\n".join(rows) + "\n  ]\n}\n"


def rebuilt(file: Path, suite: Suite, records: Sequence[RunRecord]) -> str | None:
    """The first difference of a side file from one rebuilt from these records; None without any."""
    try:
        text = regular(file).read_text(encoding="utf-8")
        stored = json.loads(text)
        rows = list(stored["rows"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{file}: expected a figure's source data, got: {type(error).__name__}: {error}"
    if file.stem not in FIGURES:
        return f"{file}: there is no figure {file.stem!r}"
    fresh = source(file.stem, suite, records)
    if text == to_text(fresh):
        return None
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


def _holds(suite: Suite, records: Sequence[RunRecord]) -> str:
    tasks = list(dict.fromkeys(task for record in records for task in record.accuracy))
    if not records:
        return f"{suite.name} has none yet"
    return f"{suite.name} has {', '.join(tasks)}" + (" alone" if len(tasks) == 1 else "")


def figure_module(name: str) -> ModuleType:
    """A figure's module: its data, and the drawing of them."""
    if name not in FIGURES:
        raise unknown("figure", name, FIGURES)
    return importlib.import_module(f"fewshot.reporting.figures.{name}")
