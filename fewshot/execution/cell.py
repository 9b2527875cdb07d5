"""The run of one spec, and its record."""

import time
from datetime import UTC, datetime

from fewshot.conformance.same_loss import same_as
from fewshot.core.device import device_facts, pick_device
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.operating_points import Chosen
from fewshot.evaluation.operating_points import choose_by
from fewshot.execution.context import Context
from fewshot.execution.run import Outcome, run
from fewshot.records.facts import machine_facts
from fewshot.records.record import RunRecord
from fewshot.records.store import find_twin, unfinished
from fewshot.registry.resolved import Resolved
from fewshot.training.checkpoint import Checkpoint


def run_cell(spec: RunSpec, context: Context) -> tuple[RunRecord, Outcome]:
    """Run one spec that has passed preflight, and return its record and outcome.

    The training state is kept in the results folder, so that a later call resumes it.
    """
    facts = {"started": datetime.now(UTC).isoformat(timespec="seconds")} | machine_facts()
    file = unfinished(context.results, spec, facts) if context.results and spec.trains else None
    checkpoint = Checkpoint(file)
    begin = time.perf_counter()
    members: dict[str, Checkpoint] = {}  # of those that an ensemble trains

    def of_member(one: RunSpec) -> Checkpoint:
        return members.setdefault(one.id, _of_member(one, spec, context, facts))

    outcome = run(Resolved(spec), context, checkpoint, of_member)
    facts["resumed"] = any(one.resumed for one in (checkpoint, *members.values()))  # then `seconds` count from here
    facts |= {"trained_here": [*members]} if members else {}
    facts |= {"seconds": round(time.perf_counter() - begin, 1)} | device_facts(pick_device(context.device))
    if spec.trains and context.world.count > 1:
        facts["processes"] = context.world.count  # of the training, since it was last resumed
    measured, trained = outcome.measured, outcome.trained
    if trained.first is not None and trained.chance:
        facts["first_loss"] = {"loss": float(f"{trained.first:.6g}"), "chance": float(f"{trained.chance:.6g}")}
    if spec.training:
        facts["parameters"] = sum(one.numel() for one in outcome.learner.parameters())  # of network and similarity
    facts |= ({"looks": trained.looks} if trained.looks else {}) | outcome.noted
    facts |= {"same_loss": same} if (same := same_as(spec)) else {}
    choices = outcome.chosen, choose_by(find_twin(context.results, spec)), context.chosen
    chosen = next((one for one in choices if one.points), Chosen())
    record = RunRecord(
        spec,
        **vars(measured),
        **vars(chosen),
        curve=trained.curve,
        kept=trained.kept,
        digests=outcome.digests,
        skipped=outcome.skipped,
        left_out=outcome.left_out,
        damaged=outcome.damaged,
        facts=facts,
    )
    return record, outcome


def _of_member(spec: RunSpec, whole: RunSpec, context: Context, facts: dict) -> Checkpoint:
    """The checkpoint of a member that an ensemble trains: a file of the ensemble's own, as its run is another's."""
    if not context.results:
        return Checkpoint()
    file = unfinished(context.results, whole, facts)
    return Checkpoint(file.with_name(file.name.replace("-", f"-{spec.id}-", 1)))
