"""The report on a paper as a table: its figures, ours, the commands that compute them anew, and how long they took."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from fewshot.core.progress import duration
from fewshot.reporting.blocks import Block, Table, clean, one_line
from fewshot.reporting.cells import with_classes
from fewshot.reporting.columns import NONE
from fewshot.reporting.comparisons.published import Comparison, as_published
from fewshot.reporting.papers.papers import Paper, papers
from fewshot.reporting.papers.parts import Command, PaperPart, parts_of

HEADER = ("suite", "method", "task", "published", "ours", "difference", "how far checked", "note")
TIDY = (
    *("paper", "suite", "method", "task", "source", "trust"),
    *("published", "ours", "half_width", "difference", "difference_half_width"),
)


def report(paper: Paper, results: Path) -> Table:
    """The table of a paper from the records in a results folder; nothing is computed."""
    parts = parts_of(paper, results)
    each = [(part, one) for part in parts for one in part.held]
    lines = tuple(_line(part.suite.name, one) for part, one in each)
    tidy = tuple(_tidy(paper.name, part.suite.name, one) for part, one in each)
    notes = [*_on_ours(parts), *_on_commands(parts), *_on_others(paper, parts), *_on_suites(parts)]
    title = one_line(f"{paper.cited}: {paper.title}")
    return Table(title, clean(Block(HEADER, lines, 3)), Block(TIDY, tidy), tuple(map(one_line, notes)))


def listed(results: Path) -> Table:
    """The papers: their suites, their figures, how many of these have a row of ours, and how many a record."""
    lines = []
    for paper in papers().values():
        parts = parts_of(paper, results)
        held = [one for part in parts for one in part.held]
        own = [command for part in parts for command in part.commands if command]
        there = sum(one.ours is not None for one in held)
        counts = map(str, (len(held), len(own), there))
        lines.append((paper.name, paper.cited, ", ".join(part.suite.name for part in parts), *counts))
    header = ("paper", "by", "suites", "figures", "with a row of ours", "with a record")
    block = clean(Block(header, tuple(lines)))
    return Table("Papers", block, block)


def _line(suite: str, one: Comparison) -> tuple[str, ...]:
    item = one.item
    half = f" ± {as_published(item['half_width'])}" if "half_width" in item else ""
    ours = f"{one.name}: {with_classes(one.ours, item['task'])}" if one.ours else _why_none(one)
    difference = one.difference.signed if one.difference else NONE
    figure = f"{as_published(item['accuracy'])}{half}"
    return suite, item["method"], item["task"], figure, ours, difference, item["trust"], item.get("note", "")


def _why_none(one: Comparison) -> str:
    return f"{one.name}: no record yet" if one.name else NONE


def _tidy(paper: str, suite: str, one: Comparison) -> tuple[str, ...]:
    task, values = one.item["task"], [one.item["accuracy"] / 100]
    if one.ours:
        over = one.ours.over_classes(task) or one.ours.over_episodes(task)
        values += [over.mean, over.half, one.difference.mean, one.difference.half]
    texts = [f"{value:.6g}" for value in values]
    item = (one.item["method"], task, one.item["source"], one.item["trust"])
    return paper, suite, *item, *texts, *[""] * (5 - len(texts))


def _on_ours(parts: Sequence[PaperPart]) -> list[str]:
    if not any(one.ours for part in parts for one in part.held):
        return []
    return [
        "ours: % ± half-width of the 95 % interval over episodes, in brackets over classes and trainings; of several "
        "rows of ours like the paper's, the best",
        "difference: ours − published, in points, ± both half-widths in quadrature as far as they are known: ours over "
        "classes and trainings, the paper's own or that of its number of trials",
    ]


def _on_commands(parts: Sequence[PaperPart]) -> list[str]:
    """On each command: the rows that it computes, and the time that its records took."""
    notes = []
    for part in parts:
        methods: dict[str, list[str]] = {}
        commands: dict[str, Command] = {}
        for one, command in zip(part.held, part.commands, strict=True):
            if command:
                commands.setdefault(str(command), command)
                methods.setdefault(str(command), []).append(one.item["method"])
        for text, command in commands.items():
            which = ", ".join(dict.fromkeys(methods[text]))
            notes.append(f"{part.suite.name}, {which}: {_cost(command)}")
    return notes


def _on_others(paper: Paper, parts: Sequence[PaperPart]) -> list[str]:
    """On methods of the paper that no suite has a row of."""
    held = [(one.item["method"], command) for part in parts for one, command in _both(part)]
    without = dict.fromkeys(name for name, _ in held) if held else {}
    without = [name for name in without if not any(command for other, command in held if other == name)]
    known = [name for name in without if name in paper.others]
    notes = [f"{name}: no record yet; {paper.others[name]} --results mine computes one" for name in known]
    unknown = [name for name in without if name not in paper.others]
    return [*notes, *([f"of no method of ours: {', '.join(unknown)}"] if unknown else [])]


def _on_suites(parts: Sequence[PaperPart]) -> list[str]:
    texts = [f"{part.suite.name}: {part.suite.title}" for part in parts]
    return [
        *texts,
        "ours may be of other networks, steps, sizes or distortions than the paper's, as the suite's table says",
    ]


def _both(part: PaperPart) -> Iterable[tuple[Comparison, Command | None]]:
    return zip(part.held, part.commands, strict=True)


def _cost(command: Command) -> str:
    """How a command's rows are computed, and how long that took or how to find out."""
    there, runs = len(command.records), command.runs
    if not there:
        how = f"{command} --results mine computes it, by {_runs(runs)}"
        return f"no record yet; {how}; --dry-run tells how long that takes"
    seconds = sum(record.facts.get("seconds", 0.0) for record in command.records)
    machines = ", ".join(sorted({record.facts.get("processor", "a machine unknown") for record in command.records}))
    took = f"{there} of {_runs(runs)} took" if there < runs else f"{_runs(runs)} took"
    return f"{command} --results mine computes it anew; {took} {duration(seconds)} on {machines}"


def _runs(number: int) -> str:
    return f"{number:,} runs with searches" if number > 1 else "one run"
