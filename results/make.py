"""The generated tables: those of `results/tables`, and the blocks between marks in the README files; written again.

`uv run --all-groups python results/make.py` writes what differs and prints its name. A block stands between
`<!-- NAME: ARGUMENTS -->` and `<!-- end -->`, NAME being a function of `BLOCKS`. The tests compare the
blocks, and `fewshot check results` the tables.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import chdir, redirect_stdout
from functools import cache
from inspect import signature
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from torch import nn

from fewshot.cli.main import main
from fewshot.core.spec.evaluation import evaluation_of
from fewshot.data.class_lists.names import SPLITS, unturned
from fewshot.protocols import count_looks, load_protocol
from fewshot.records.index import read_evaluations
from fewshot.records.record import RunRecord
from fewshot.records.store import read_records
from fewshot.registry.lookup import entries, forget_plugins, full_name, load
from fewshot.registry.source import PartInfo
from fewshot.reporting.tables.suite import refresh
from fewshot.suites.status import Status, read_status
from fewshot.suites.suite import Suite, read_suite, suite_files

RESULTS = Path(__file__).resolve().parent
ROOT = RESULTS.parent
DIM, CLASSES = 8, 11  # of a loss, to see whether it has a vector for each class
MY_LOSS = re.compile(r"```python\n(.*?)```", re.DOTALL)


def documents() -> list[Path]:
    """The Markdown files of the project that people write, generated ones left out."""
    below = (ROOT / name for name in ("benchmarks", "fewshot", "paper_figures"))
    return sorted([*ROOT.glob("*.md"), RESULTS / "README.md", *(file for one in below for file in one.rglob("*.md"))])


def rewritten(text: str) -> str:
    """A document with its blocks made anew."""
    return MARKED.sub(lambda found: found[1] + BLOCKS[found[2]](found[3] or "").rstrip() + "\n" + found[5], text)


def output(line: str) -> str:
    """The output of a command line, which may end in `| head -N` or `| grep WORD`.

    It runs beside `results` and `my_loss.py`, the first Python block of the README.
    """
    command, *pipe = line.split(" | ")
    with TemporaryDirectory() as folder, chdir(folder), redirect_stdout(StringIO()) as printed:
        Path("results").symlink_to(RESULTS)
        Path("my_loss.py").write_text(MY_LOSS.search((ROOT / "README.md").read_text("utf-8"))[1], "utf-8")
        code = main(command.split()[1:])
    forget_plugins()
    if code:
        raise RuntimeError(f"{command}: expected exit code 0, got {code}")
    lines = printed.getvalue().splitlines()
    for tool, _, given in (one.partition(" ") for one in pipe):
        lines = lines[: -int(given)] if tool == "head" else [one for one in lines if re.search(given, one)]
    return "\n".join(["```text", *lines, "```"])


def excerpt(place: str) -> str:
    """A generated Markdown file, or its paragraphs with a word: "results/speed/speedrun.md | resnet6"."""
    file, _, word = place.partition(" | ")
    return "\n\n".join(text for text in (ROOT / file).read_text("utf-8").split("\n\n") if word in text)


def suites(_: str) -> str:
    """Every suite: its title, data, state and the time of its recorded runs."""
    rows = []
    for name in suite_files():
        suite = read_suite(name)
        status = max((_status(suite, one) for one in (RESULTS, RESULTS / "example")), key=_runs)
        protocols = ", ".join(dict.fromkeys(f"`{spec.protocol.name}`" for spec in suite.specs))
        done, of = _runs(status), _runs(status) + len(status.ahead)
        time = _hours(status.recorded.values()) if done else "–"
        there = f"[table](../results/tables/{name}.md)" if (RESULTS / "tables" / f"{name}.md").exists() else "–"
        images = suite.specs[0].dataset.name
        rows.append((f"[`{name}`]({name}.toml)", suite.title, f"{images}, {protocols}", f"{done} of {of}", time, there))
    return _table(("suite", "result", "images, protocol", "recorded runs", "their time", "table"), rows)


def tables(_: str) -> str:
    """Every committed table: what it shows and does not, its cells, and the runs behind it with their cost."""
    rows, among = [], read_evaluations(RESULTS).values()
    for file in sorted((RESULTS / "tables").glob("*.md")):
        status = _status(suite := read_suite(file.stem), RESULTS)
        lacking = f" ({len(status.missing)} missing)" if status.missing else ""
        links = f"[{file.stem}](tables/{file.name}) ([csv](tables/{file.stem}.csv))"
        own = sum(record.spec.stage == "test" for record in status.records)
        looks = f"{own} of {count_looks(map(evaluation_of, suite.specs), among)}" if own else "none: on val"
        cost = (f"{len(status.records)}{lacking}", _runs(status), *_cost(status.recorded.values()), looks)
        rows.append((links, suite.title, suite.limits, *cost))
    runs = [record for record in _records(RESULTS).values() if not record.spec.pitfalls]
    rows.append(("all records", "", "", "", len(runs), *_cost(runs), sum(one.stage == "test" for one in among)))
    cost = ("runs, with searches", "their time", "machines", "test evaluations")
    return _table(("table", "shows", "does not show", "cells", *cost), rows)


def figures(_: str) -> str:
    """Every figure below its name, by suite."""
    found = []
    for folder in sorted({file.parent for file in (ROOT / "paper_figures").glob("*/*.png")}):
        found += [f"### {folder.name}", f"{read_suite(folder.name).title}."]
        for file in sorted(folder.glob("*.png")):
            found.append(f"`{file.stem}`\n![{folder.name}: {file.stem}]({folder.name}/{file.name})")
    return "\n\n".join(found)


def evaluations(_: str) -> str:
    """How many records each protocol has at each stage, and how many of all met its test classes."""
    found, rows = [*read_evaluations(RESULTS).values()], []
    for protocol, dataset in sorted({(one.protocol, one.dataset) for one in found}):
        own = [one for one in found if (one.protocol, one.dataset) == (protocol, dataset)]
        stages = [sum(one.stage == stage for one in own) for stage in ("val", "test")]
        rows.append((f"`{protocol}`", dataset, *stages, count_looks(own, found)))
    return _table(("protocol", "images", "at stage val", "at stage test", "of all, met its test classes"), rows)


def losses(_: str) -> str:
    """The catalogue of losses."""
    head = ("loss", "paper", "equation", "learns by", "similarity", "shot rule", "options")
    rows = (_loss(one, name) for one in entries("losses").values() for name in ("", *one.marks.examples))
    return _table((*head, "in pytorch-metric-learning"), rows)


def parts(kind: str) -> str:
    """The parts of another kind, with their options."""
    rows = ((f"`{full_name(one)}`", one.summary, _options(one.options, one.family)) for one in entries(kind).values())
    return _table(("name", "definition", "options and defaults"), rows)


def protocols(_: str) -> str:
    """The protocols that name their classes: how many each split has, and the tasks that are measured."""
    rows = []
    for name in entries("protocols"):
        found = load_protocol(name)
        counts = [len({unturned(one) for one in found.classes.get(split, ())}) or "its own" for split in SPLITS]
        tasks = ", ".join(f"{one.number:,} × {one.name}" for one in found.test)
        pairs = "as listed" if found.lists else "of each class" if found.forgeries else f"2 × {found.pairs:,}"
        rows.append((f"`{name}`", found.dataset or "`folder:…`", *counts, tasks, pairs))
    return _table(("protocol", "images", "train", "val", "test", "test tasks", "pairs"), rows)


@cache
def _records(results: Path) -> dict[str, RunRecord]:
    return read_records(results)


def _status(suite: Suite, results: Path) -> Status:
    return read_status(suite, results, known=_records(results))


def _cost(records: Collection[RunRecord]) -> tuple[str, str]:
    """The time that records took, and the machines, with the threads of each run."""
    facts = [record.facts for record in records]
    machines = {f"{one['processor']}, {one['threads']} thread{'s' if one['threads'] > 1 else ''}" for one in facts}
    return _hours(records), "; ".join(sorted(machines))


def _hours(records: Collection[RunRecord]) -> str:
    seconds = sum(record.facts["seconds"] for record in records)
    return f"{seconds / 3600:.1f} h" if seconds > 3600 else f"{seconds / 60:.0f} min"


def _runs(status: Status) -> int:
    return len(status.recorded)


def _loss(entry: PartInfo, example: str = "") -> Iterator[str]:
    """The row of a loss, or of an example of a family: its paragraph in the docstring opens with its name and paper."""
    part = load("losses", f"{entry.name}:{entry.marks.examples[0]}" if entry.family else entry.name)
    paragraphs = [" ".join(one.split()) for one in part.__doc__.split("\n\n")]
    text = " ".join(paragraphs)
    about, sign, equation = next(one for one in paragraphs if one.startswith(example or "ℒ")).partition("ℒ")
    formula, *words = f"{sign}{equation}".split("; ", 1)
    papers = re.findall(r"\(([^()]*\d{4}[^()]*)\)", about or entry.summary)
    given = {entry.family: example} if example else {}
    made = part(DIM, CLASSES, **given) if isinstance(part, type) and bool(given) == bool(entry.family) else None
    yield f"`{entry.name}:{example}`" if example else f"`{full_name(entry)}`"
    yield ", ".join(papers + re.findall(r"\beq\. \d+", text)[:1])
    yield "; ".join([f"`{formula}`", *words])
    yield "class vectors" if made and [*made.parameters()] else "pairs"
    yield entry.marks.similarity + " only" * bool(entry.marks.fixed or getattr(made, "fixed", False))
    yield entry.marks.shot_rule
    yield _options(_of_library(made.loss) if example else entry.options, entry.family)
    yield example or next(iter(re.findall(r"pytorch-metric-learning's (\w+)", text)), "–")


def _of_library(loss: nn.Module) -> dict[str, object]:
    """The options of a loss of pytorch-metric-learning, without those of all its losses."""
    signatures = [signature(one.__init__) for one in type(loss).__mro__ if one.__name__.endswith("Loss")]
    given = [one for found in signatures for one in found.parameters.values()]
    return {one.name: one.default for one in given if one.default is not one.empty}


def _options(options: dict[str, object], family: str) -> str:
    return ", ".join(f"`{name} = {value!r}`" for name, value in options.items() if name != family) or "–"


def _table(head: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    lines = [tuple(head), *rows]
    lines[1:1] = [("---",) * len(lines[0])]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


BLOCKS: dict[str, Callable[[str], str]] = {
    one.__name__: one for one in (output, excerpt, suites, tables, figures, evaluations, losses, parts, protocols)
}
MARKED = re.compile(rf"(<!-- ({'|'.join(BLOCKS)})(?:: (.+?))? -->\n)(.*?)(<!-- end -->)", re.DOTALL)

if __name__ == "__main__":
    refresh(RESULTS)
    for file in documents():
        before = file.read_text("utf-8")
        if (after := rewritten(before)) != before:
            file.write_text(after, "utf-8")
            print(file.relative_to(ROOT))
