"""Records to tables, as text, Markdown and CSV: a pure function of the records."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fewshot.record import RunRecord
from fewshot.registry import entries, plain
from fewshot.spec import Part, RunSpec
from fewshot.stats import equal_error_rate, holm, paired_difference, roc_area, t_interval

FORMATS = ("text", "md", "csv")
BEST = "*"  # of the best and of what cannot be told from it
NONE = "–"
METHOD = ("method", "similarity", "network", "px", "learned from", "steps")


@dataclass(frozen=True)
class Row:
    """One method: its cell's spec without the seed, and what its seeds' records say together."""

    spec: RunSpec
    accuracy: dict[str, np.ndarray]  # by kind of task: [episode], averaged over seeds
    by_seed: dict[str, list[float]]
    area: float
    equal_error: float


@dataclass(frozen=True)
class Block:
    """Lines of cells under a header."""

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Table:
    """Ours and the published block with a title above and notes below; `tidy` has a row for each figure."""

    title: str
    ours: Block
    published: Block | None
    tidy: Block
    notes: tuple[str, ...] = field(default=())


def make_table(
    title: str,
    note: str,
    records: Sequence[RunRecord],
    published: Sequence[dict] = (),
    *,
    test_evaluations: int = 0,
    missing: Sequence[tuple[RunSpec, str]] = (),
) -> Table:
    """The table of a suite's records, of one protocol and stage; `missing` are cells without one, and why."""
    rows = summarise(records)
    tasks = list(rows[0].accuracy) if rows else []
    literature = Block(
        ("published", "task", "accuracy", "source", "note"),
        tuple(
            (item["method"], item["task"], _figure(item), item["source"], item.get("note", "")) for item in published
        ),
    )
    ours = _ours(rows, tasks, missing)
    return Table(
        title, ours, literature if published else None, _tidy(rows, published), _notes(rows, note, test_evaluations)
    )


def summarise(records: Sequence[RunRecord]) -> list[Row]:
    """One row for the records that differ in their seed only, in the order of the records."""
    groups: dict[str, list[RunRecord]] = {}
    for record in records:
        groups.setdefault(str(record.spec.plain() | {"seed": None}), []).append(record)
    rows = []
    for group in groups.values():
        accuracy = {task: np.array([record.accuracy[task] for record in group]) for task in group[0].accuracy}
        rows.append(
            Row(
                group[0].spec,
                {task: values.mean(0) for task, values in accuracy.items()},
                {task: values.mean(1).tolist() for task, values in accuracy.items()},
                float(np.mean([roc_area(record.same, record.different) for record in group])),
                float(np.mean([equal_error_rate(record.same, record.different) for record in group])),
            )
        )
    return rows


def told_apart(methods: Sequence[np.ndarray]) -> list[bool]:
    """Which methods are the best or cannot be told from it: paired t-tests over the same episodes, Holm at 5 %."""
    best = int(np.argmax([values.mean() for values in methods]))
    others = [i for i in range(len(methods)) if i != best]
    p = [paired_difference(methods[best], methods[i])[1] for i in others]
    adjusted = dict(zip(others, holm(p) if p else [], strict=True))
    return [bool(i == best or adjusted[i] > 0.05) for i in range(len(methods))]


def describe(spec: RunSpec) -> tuple[str, ...]:
    """What identifies a row: method, similarity, network, image size, classes learned from, steps."""
    similarity = _named("similarities", spec.similarity) if spec.similarity else NONE
    if not spec.training:
        return _named("learners", spec.learner), similarity, NONE, str(spec.size), NONE, NONE
    method = _named("losses", spec.loss) if spec.loss else _named("learners", spec.learner)
    network, steps = _named("backbones", spec.backbone), f"{spec.training.steps:,}"
    return method, similarity, network, str(spec.size), spec.training.learn, steps


def _named(kind: str, part: Part) -> str:
    """A part's name with the options that are not its defaults: "conv4(widths=[64, 128, 128, 256])"."""
    defaults = entries(kind)[part.name].options if part.name in entries(kind) else {}
    shown = {key: value for key, value in part.options.items() if value != plain(defaults.get(key))}
    return f"{part.name}({', '.join(f'{key}={value}' for key, value in shown.items())})" if shown else part.name


def _ours(rows: Sequence[Row], tasks: Sequence[str], missing: Sequence[tuple[RunSpec, str]]) -> Block:
    seeds = max((len(row.by_seed[task]) for row in rows for task in tasks), default=0)
    marks = {task: told_apart([row.accuracy[task] for row in rows]) for task in tasks}
    header = list(METHOD)
    for task in tasks:
        header += [f"{task} (n = {len(rows[0].accuracy[task])})", *(["sd over seeds"] if seeds > 1 else [])]
    lines = []
    for i, row in enumerate(rows):
        line = list(describe(row.spec))
        for task in tasks:
            line.append(f"{t_interval(row.accuracy[task])}{BEST if marks[task][i] else ''}")
            if seeds > 1:
                line.append(_spread(row.by_seed[task]))
        lines.append((*line, f"{100 * row.area:.1f}", f"{100 * row.equal_error:.1f}"))
    blank = [NONE] * (len(header) - len(METHOD) + 1)
    lines += [(*describe(spec), why, *blank) for spec, why in missing]
    return Block((*header, "ROC area", "equal error"), tuple(line[: len(header) + 2] for line in lines))


def _tidy(rows: Sequence[Row], published: Sequence[dict]) -> Block:
    header = (*METHOD, "task", "accuracy", "half_width", "n", "seeds", "roc_area", "equal_error_rate", "source")
    lines = []
    for row in rows:
        pairs = (f"{row.area:.4f}", f"{row.equal_error:.4f}", "this suite")
        for task, values in row.accuracy.items():
            found = t_interval(values)
            figures = (f"{found.mean:.4f}", f"{found.half:.4f}", str(found.n), str(len(row.by_seed[task])))
            lines.append((*describe(row.spec), task, *figures, *pairs))
    for item in published:
        half = f"{item['half_width'] / 100:.4f}" if "half_width" in item else ""
        figures = (f"{item['accuracy'] / 100:.4f}", half, "", "", "", "")
        lines.append((item["method"], *[""] * 5, item["task"], *figures, item["source"]))
    return Block(header, tuple(lines))


def _figure(item: dict) -> str:
    return f"{item['accuracy']:.1f}" + (f" ± {item['half_width']:.1f}" if "half_width" in item else "")


def _spread(by_seed: Sequence[float]) -> str:
    return f"{100 * np.std(by_seed, ddof=1):.1f} (n = {len(by_seed)})" if len(by_seed) > 1 else NONE


def _notes(rows: Sequence[Row], note: str, test_evaluations: int) -> tuple[str, ...]:
    if not rows:
        return ("no cell has a record yet",)
    stages = ", ".join(sorted({row.spec.stage for row in rows}))
    notes = [
        "accuracy in % with 95 % t-intervals over n episodes, the same for every method",
        f"{BEST} the best, and what cannot be told from it (paired t-tests over the episodes, Holm's correction, 5 %)",
        "ROC area and equal error rate of same/different pairs in %",
        f"protocol {rows[0].spec.protocol.name}, stage {stages}" + (f"; {note}" if note else ""),
    ]
    if test_evaluations:
        notes.append(f"test evaluations of this protocol among these records: {test_evaluations}")
    return tuple(notes)


def render(table: Table, form: str) -> str:
    """The table in one of `FORMATS`."""
    return {"text": _text, "md": _markdown, "csv": _csv}[form](table)


def write_tables(table: Table, folder: Path, name: str) -> None:
    """`name`.md and `name`.csv in a folder for generated tables."""
    folder.mkdir(parents=True, exist_ok=True)
    for form in ("md", "csv"):
        (folder / f"{name}.{form}").write_text(render(table, form), encoding="utf-8")


def _text(table: Table) -> str:
    out = [table.title]
    for block in filter(None, (table.ours, table.published)):
        lines = [block.header, *block.lines]
        widths = [max(len(line[i]) for line in lines) for i in range(len(block.header))]
        shown = [
            "  ".join(cell.ljust(wide) for cell, wide in zip(line, widths, strict=True)).rstrip() for line in lines
        ]
        rule = "─" * max(len(line) for line in shown)
        out += [rule, shown[0], rule, *shown[1:]]
    return "\n".join([*out, rule, *table.notes]) + "\n"


def _markdown(table: Table) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("*", "\\*") for cell in cells) + " |"

    out = [f"**{table.title}**", ""]
    for block in filter(None, (table.ours, table.published)):
        out += [line(block.header), "|" + "---|" * len(block.header), *map(line, block.lines), ""]
    return "\n".join([*out, *(f"- {note}".replace("*", "\\*") for note in table.notes)]) + "\n"


def _csv(table: Table) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([table.tidy.header, *table.tidy.lines])
    return out.getvalue()
