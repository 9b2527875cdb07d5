"""The plan of a run: cells, their state, and the time that training takes."""

import argparse
import os
from collections.abc import Sequence

from fewshot.core.errors import RequestError
from fewshot.core.spec import RunSpec
from fewshot.data.class_lists.names import small_groups
from fewshot.protocols import load_protocol
from fewshot.reporting.labels import run_labels
from fewshot.suites.status import Status
from fewshot.suites.suite import Suite


def plan_lines(suite: Suite, standing: Status, again: Status, options: argparse.Namespace) -> list[str]:
    """What is there, what will be done, how long that takes and where it goes."""
    done = len(standing.records)
    lines = [f"{len(suite.cells)} cells, {done} of them recorded"]
    if searches := {one.id: one for cell in suite.cells for one in cell.candidates}:
        there = sum(name in standing.recorded for name in searches)
        lines.append(f"{len(searches)} runs on val to search by, {there} of them recorded")
        lines += [f"  failed     {name}  {why}" for name, why in again.failed.items() if name in searches]
    if again.ahead:
        lines.append(_time(again.ahead, options, suite))
    chosen = [cell.chosen(standing.recorded, standing.failed) for cell in suite.cells]
    labels = run_labels([spec or cell.finals[0] for spec, cell in zip(chosen, suite.cells, strict=True)])
    for cell, spec, label in zip(suite.cells, chosen, labels, strict=True):
        if spec is None:
            state = "failed" if all(one.id in again.failed for one in cell.candidates) else "to search"
            lines.append(f"  {state:9}  {'':12}  {label}")
            continue
        state = "recorded" if spec.id in standing.recorded else "failed" if spec.id in standing.failed else "to do"
        retried = ": tried again" if state == "failed" else ""
        lines.append(f"  {state:9}  {spec.id}  {label}{retried}")
    lines += dict.fromkeys(line for spec in suite.specs for line in _left_out(spec))
    return [*lines, f"records go to {options.results / 'runs' / suite.name}"]


def _time(ahead: Sequence[RunSpec], options: argparse.Namespace, suite: Suite) -> str:
    """The time that training takes, from steps measured here."""
    from fewshot.core.device import threads
    from fewshot.data.locations import data_folders
    from fewshot.execution.estimate import step_seconds
    from fewshot.records.faults import fails_alone
    from fewshot.training.distributed.processes import part_of, started

    ranks = started()
    measured: dict[str, float] = {}
    seconds, folders = 0.0, data_folders(options.data)
    number = suite.threads or (1 if options.workers > 1 or options.ray else None)
    with threads(number):
        for spec in ahead:
            if not spec.training:
                continue
            if (kind := _kind(spec)) not in measured:
                try:
                    measured[kind] = step_seconds(part_of(spec, ranks.count), ranks.device(options.device), folders)
                except Exception as error:
                    if not (isinstance(error, RequestError) or fails_alone(error, spec)):
                        raise
                    measured[kind] = 0.0  # the run will say why, or has other images
            seconds += measured[kind] * spec.training.steps
    steps = sorted(filter(None, measured.values()))
    if not steps:
        return "nothing to train" if not measured else "how long it takes cannot be measured here"
    each = f"{1000 * steps[0]:.0f}" + (f" to {1000 * steps[-1]:.0f}" if len(steps) > 1 else "")
    at_once, by = _at_once(options, number, ranks.count)
    seconds /= min(at_once, len(ahead))
    return f"about {_duration(seconds)} of training{by}, from measured steps of {each} ms"


def _at_once(options: argparse.Namespace, threads: int | None, ranks: int) -> tuple[int, str]:
    """How many cells are computed at a time, as far as it is known before, and by what."""
    if options.ray == "local":
        number = max(1, (os.cpu_count() or 1) // threads)
        return number, f" by {number} Ray task{'s' if number > 1 else ''} at a time"
    if options.ray:
        return 1, ", which the cluster's nodes share"
    if ranks > 1:
        return 1, f" by {ranks} processes together"
    return options.workers, f" by {options.workers} workers" if options.workers > 1 else ""


def _kind(spec: RunSpec) -> str:
    """What a step's time depends on."""
    training = spec.training
    return str(
        (spec.learner, spec.backbone, spec.similarity, spec.loss, spec.size, training.shape, training.tasks_a_step,
         training.precision, training.channels_last, training.optimiser, spec.normalise, spec.dataset.options,
         [bool(value) for value in (training.affine, training.crop, training.flip, training.jitter)])
    )  # fmt: skip


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
