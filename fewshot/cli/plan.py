"""The plan of a run: cells, their state, and the time that training takes."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from fewshot.core.progress import duration
from fewshot.core.spec.run_spec import RunSpec, twin_of
from fewshot.data.class_lists.names import small_groups
from fewshot.protocols import load_protocol
from fewshot.records.facts import machine_facts
from fewshot.records.store import step_reached
from fewshot.reporting.labels import run_labels
from fewshot.suites.status import Status


def plan_lines(
    before: Status,
    again: Status,
    time: str,
    results: Path,
    for_networks: Sequence[RunSpec] = (),
    networks: bool = False,
) -> list[str]:
    """Lines for the recorded cells, the runs ahead (`again`), the `time` that they take, and the records' folder.

    Recorded runs that are trained again `for_networks` are named too, and the folder of `networks` if they are kept.
    """
    suite, done = before.suite, len(before.records)
    lines = [f"{len(suite.cells)} cells, {done} of them recorded"]
    lines += _search_lines(before, again)
    ahead = [one.chosen for one in before.standings if one.chosen and one.chosen.id not in before.recorded]
    twins = {twin.id for spec in ahead if (twin := twin_of(spec))} & suite.twins
    there = len(twins & {*before.recorded})
    lines += [f"{len(twins):,} twins on val to choose operating points by, {there:,} of them recorded"] if twins else []
    lines += [time] if time else []
    facts = machine_facts() if again.ahead or again.failed else {}
    labels = run_labels([one.chosen or cell.start for cell, one in zip(suite.cells, before.standings, strict=True)])
    for one, retried, label in zip(before.standings, again.standings, labels, strict=True):
        if not (spec := one.chosen):
            lines.append(f"  {'failed' if retried.why else 'to search':9}  {'':12}  {label}")
            continue
        state = "recorded" if spec.id in before.recorded else "failed" if spec.id in before.failed else "to do"
        more = ": tried again" if state == "failed" else ""
        more = ": trained again, for its network" if spec in for_networks else more
        if state != "recorded" and spec.trains and (step := step_reached(results, spec, facts)):
            more += f", at step {step:,} of {spec.training.steps:,}"
        lines.append(f"  {state:9}  {spec.id}  {label}{more}")
    of_methods = {spec.method: spec for spec in suite.specs}.values()
    different = {str((spec.protocol, one.learn, one.shape, one.within_group, one.pairs)): spec
                 for spec in of_methods if (one := spec.training)}  # fmt: skip
    lines += dict.fromkeys(line for spec in different.values() for line in _left_out(spec))
    if again.ahead:
        to = f", networks to {results / 'weights'}" if networks else ""
        return [*lines, f"records go to {results / 'runs' / suite.name}{to}"]
    if for_networks:
        return [*lines, f"networks go to {results / 'weights'}"]
    return [*lines, f"nothing is computed: the table is of the records in {results}; --results mine computes anew"]


def _search_lines(before: Status, again: Status) -> list[str]:
    """Lines for the searches, each once for all seeds, their runs and steps, and the runs that failed for good."""
    searches = {cell.candidates[0].id: cell for cell in before.suite.cells if cell.rungs}
    if not searches:
        return []
    runs = {run.id: run for cell in searches.values() for run in cell.planned}
    counted = Counter(f"{cell.search}; {cell.tried}" for cell in searches.values())
    left = before.suite.searched & {*again.failed, *(run.id for run in again.ahead)}
    there, steps = len(runs) - len(left), sum(run.training.steps for run in runs.values())
    return [
        f"{len(runs):,} runs on val to search by, {there:,} of them recorded; {steps:,} steps",
        *(f"  {many} search{'es' if many > 1 else ''}: {text}" for text, many in counted.items()),
        *(f"  failed     {name}  {why}" for name, why in again.failed.items() if name in before.suite.searched),
    ]


def time_line(seconds: float, searches: float, steps: Sequence[float], by: str) -> str:
    """A line with the time of training, and of the searches in it, from the `seconds` and the different `steps`."""
    if not steps:
        return "nothing to train"
    if not (measured := sorted(filter(None, steps))):
        return "how long it takes cannot be measured here"
    each = f"{1000 * measured[0]:.0f}" + (f" to {1000 * measured[-1]:.0f}" if len(measured) > 1 else "")
    share = f", {duration(searches)} of it to search" if searches else ""
    return f"about {duration(seconds)} of training{by}{share}, from measured steps of {each} ms"


def _left_out(spec: RunSpec) -> list[str]:
    recipe = spec.training
    if not (recipe and (recipe.within_group or recipe.pairs)):
        return []
    way, tasks = (3, "pairs") if recipe.pairs else (recipe.task.way, f"{recipe.task.way}-way tasks within a group")
    protocol = load_protocol(spec.protocol)
    small = [] if protocol.open else small_groups(protocol.learned_from(recipe.learn), way)
    return [f"left out of {tasks}: {', '.join(small)}"] if small else []
