"""One spec run to its record."""

import time
from datetime import UTC, datetime

from fewshot.core.device import device_facts, pick_device
from fewshot.core.spec import RunSpec
from fewshot.execution.context import Context
from fewshot.execution.run import Outcome, run
from fewshot.records.facts import machine_facts
from fewshot.records.record import RunRecord
from fewshot.records.store import unfinished
from fewshot.registry.resolved import Resolved
from fewshot.training.checkpoint import Checkpoint


def run_cell(spec: RunSpec, context: Context) -> tuple[RunRecord, Outcome]:
    """Run one spec, which preflight has passed, and describe it as a record.

    The state in training is kept in the results folder, so that a later call goes on from it.
    """
    facts = {"started": datetime.now(UTC).isoformat(timespec="seconds")} | machine_facts()
    file = unfinished(context.results, spec, facts) if context.results and spec.training else None
    checkpoint = Checkpoint(file)
    facts["resumed"] = bool(file and file.exists())  # then `seconds` are those since
    begin = time.perf_counter()
    outcome = run(Resolved(spec), context, checkpoint)
    facts |= {"seconds": round(time.perf_counter() - begin, 1)} | device_facts(pick_device(context.device))
    if spec.training and context.world.count > 1:
        facts["processes"] = context.world.count  # that have trained it together, since it was resumed
    measured, trained = outcome.measured, outcome.trained
    record = RunRecord(
        spec,
        measured.accuracy,
        measured.same,
        measured.different,
        curve=trained.curve,
        kept=trained.kept,
        digests=outcome.digests,
        skipped=outcome.skipped,
        left_out=outcome.left_out,
        facts=facts,
    )
    return record, outcome
