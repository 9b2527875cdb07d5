"""The plan of a run: cells, their state, and the time that training takes."""

from collections.abc import Sequence
from pathlib import Path

from fewshot.core.spec import RunSpec
from fewshot.data.class_lists.names import small_groups
from fewshot.protocols import load_protocol
from fewshot.reporting.labels import run_labels
from fewshot.suites.status import Status


def plan_lines(before: Status, again: Status, time: str, results: Path) -> list[str]:
    """The cells that are recorded, those that will be run (`again`), the `time` that takes, and the records' folder."""
    suite, done = before.suite, len(before.records)
    lines = [f"{len(suite.cells)} cells, {done} of them recorded"]
    if searches := {one.id: one for cell in suite.cells for one in cell.candidates}:
        there = sum(name in before.recorded for name in searches)
        lines.append(f"{len(searches)} runs on val to search by, {there} of them recorded")
        lines += [f"  failed     {name}  {why}" for name, why in again.failed.items() if name in searches]
    lines += [time] if time else []
    chosen = [cell.chosen(before.recorded, before.failed) for cell in suite.cells]
    labels = run_labels([spec or cell.finals[0] for spec, cell in zip(chosen, suite.cells, strict=True)])
    for cell, spec, label in zip(suite.cells, chosen, labels, strict=True):
        if spec is None:
            state = "failed" if all(one.id in again.failed for one in cell.candidates) else "to search"
            lines.append(f"  {state:9}  {'':12}  {label}")
            continue
        state = "recorded" if spec.id in before.recorded else "failed" if spec.id in before.failed else "to do"
        retried = ": tried again" if state == "failed" else ""
        lines.append(f"  {state:9}  {spec.id}  {label}{retried}")
    lines += dict.fromkeys(line for spec in suite.specs for line in _left_out(spec))
    if again.ahead:
        return [*lines, f"records go to {results / 'runs' / suite.name}"]
    return [*lines, f"nothing is computed: the table is of the records in {results}; --results mine computes anew"]


def time_line(seconds: float, steps: Sequence[float], by: str) -> str:
    """The time that training takes, from the seconds that different steps take."""
    if not steps:
        return "nothing to train"
    if not (measured := sorted(filter(None, steps))):
        return "how long it takes cannot be measured here"
    each = f"{1000 * measured[0]:.0f}" + (f" to {1000 * measured[-1]:.0f}" if len(measured) > 1 else "")
    return f"about {_duration(seconds)} of training{by}, from measured steps of {each} ms"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} seconds"
    return f"{round(seconds / 60)} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"


def _left_out(spec: RunSpec) -> list[str]:
    recipe = spec.training
    if not (recipe and (recipe.within_group or recipe.pairs)):
        return []
    way, tasks = (3, "pairs") if recipe.pairs else (recipe.task.way, f"{recipe.task.way}-way tasks within a group")
    protocol = load_protocol(spec.protocol)
    small = [] if protocol.open else small_groups(protocol.learned_from(recipe.learn), way)
    return [f"left out of {tasks}: {', '.join(small)}"] if small else []
