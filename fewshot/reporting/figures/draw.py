"""A suite's figures: source data from its records, and PDF, PNG and side file drawn from the source data alone."""

import importlib
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from fewshot.core.errors import RequestError, unknown
from fewshot.core.files import check_folder
from fewshot.registry.pitfalls import SUITE
from fewshot.reporting.figures import FIGURES
from fewshot.reporting.figures.given import Given, LeftOut
from fewshot.reporting.figures.page.look import looking
from fewshot.reporting.figures.page.page import PLAIN, Page
from fewshot.reporting.figures.side_files import difference, to_text


def source(name: str, given: Given, kinds: Mapping[str, str] = FIGURES) -> dict:
    """The content of a figure as plain values: figure, suite, ids of its records, and rows.

    Raises `LeftOut` for the reason why there is none.
    """
    module = figure_module(name, kinds)
    if name != SUITE and _mistaken(given):
        raise LeftOut(f"{given.suite.name} has runs that make a known mistake, which the figure {SUITE} alone shows")
    if not (rows := module.data(given)):
        raise LeftOut(f"{module.NEEDS}; {_holds(given)}")
    used = dict.fromkeys(record for row in rows for record in row["records"])
    return {"figure": name, "suite": given.suite.name, "records": list(used), "rows": _in_utf8(rows)}


def _in_utf8(value: object) -> object:
    """A value whose texts can be written: names of files and classes may be in other bytes, which escapes stand for."""
    if isinstance(value, str):
        return value.encode(errors="backslashreplace").decode()
    if isinstance(value, list):
        return [_in_utf8(one) for one in value]
    return {_in_utf8(key): _in_utf8(one) for key, one in value.items()} if isinstance(value, dict) else value


def draw_figures(
    given: Given, out: Path, names: Sequence[str] = (), page: Page = PLAIN, kinds: Mapping[str, str] = FIGURES
) -> list[Path | str]:
    """Write `<suite>/<figure>` as .pdf, .png and .json for each of `names`, or of all `kinds` for such a suite; if one
    fails, none is written.

    Returns the files, and for a figure that is left out the reason.
    """
    for name in names:
        figure_module(name, kinds)
    try:
        out.mkdir(parents=True, exist_ok=True)
        check_folder(out)
    except OSError as error:
        raise RequestError(f"{out}: expected a folder that can be written, got: {error.strerror}") from error
    drawn: list[Path | str] = []
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=out) as draft:
        for name in names or [one for one in kinds if (one == SUITE) == _mistaken(given)]:
            try:
                found = source(name, given, kinds)
            except LeftOut as reason:
                drawn.append(f"{name}: {reason}")
                continue
            with looking():
                figure = figure_module(name, kinds).draw(found["rows"], page)
                about = {"Title": f"{given.suite.title}: {name}", "Creator": "fewshot", "CreationDate": None}
                figure.savefig(Path(draft, f"{name}.pdf"), metadata=about)
                figure.savefig(Path(draft, f"{name}.png"), metadata={"Software": None})
            Path(draft, f"{name}.json").write_text(to_text(found), encoding="utf-8")
            drawn += [out / given.suite.name / f"{name}.{form}" for form in ("pdf", "png", "json")]
            if (high := figure.get_figheight()) > page.high:
                drawn.append(f"{name}: {high:.1f} inches high, of {page.high:.1f} on a page: fewer rows fit (--only)")
        for file in drawn:
            if isinstance(file, Path):
                file.parent.mkdir(exist_ok=True)
                Path(draft, file.name).replace(file)
    return drawn


def rebuilt(file: Path, given: Given, kinds: Mapping[str, str] = FIGURES) -> str | None:
    """The first difference of a side file from one rebuilt from what is given; None without any."""
    if file.stem not in kinds:
        return f"{file}: there is no figure {file.stem!r}"
    try:
        return difference(file, source(file.stem, given, kinds))
    except LeftOut as reason:
        return f"{file}: expected no such figure: {reason}"


def figure_module(name: str, kinds: Mapping[str, str] = FIGURES) -> ModuleType:
    """A figure's module: its data, and the drawing of them. Raises `RequestError` for a figure that is not there."""
    if name not in kinds:
        raise unknown("figure", name, kinds)
    return importlib.import_module(kinds[name])


def _mistaken(given: Given) -> bool:
    """Whether a suite's runs make known mistakes, which have a figure of their own and no other."""
    return any(spec.pitfalls for spec in given.suite.specs)


def _holds(given: Given) -> str:
    tasks = list(dict.fromkeys(task for record in given.records for task in record.accuracy))
    if not given.records:
        return f"{given.suite.name} has none yet"
    return f"{given.suite.name} has {', '.join(tasks)}" + (" alone" if len(tasks) == 1 else "")
