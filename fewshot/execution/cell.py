"""One spec run to its record, with checkpoints at a measured pace."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fewshot.core.device import device_facts, pick_device
from fewshot.core.files import remove_drafts
from fewshot.core.spec import RunSpec
from fewshot.execution.run import Outcome, Progress, run
from fewshot.records.facts import machine_facts
from fewshot.records.record import RunRecord
from fewshot.records.store import unfinished
from fewshot.training.distributed.processes import ALONE, World

SAVE_EVERY = 20.0  # seconds between two checkpoints of a cell
SAVE_SHARE = 0.05  # of the time, which they may take


def run_cell(
    spec: RunSpec,
    results: Path | None,
    *,
    device: str = "auto",
    folders: Sequence[Path] = (),
    progress: Progress = lambda what, step: None,
    ranks: World = ALONE,
) -> tuple[RunRecord, Outcome]:
    """Run one spec and describe it as a record."""
    facts = {"started": datetime.now(UTC).isoformat(timespec="seconds")} | machine_facts()
    checkpoint = unfinished(results, spec, facts) if results and spec.training else None
    if checkpoint:
        remove_drafts(checkpoint)
    facts["resumed"] = bool(checkpoint and checkpoint.exists())  # then `seconds` are those since
    begin = time.perf_counter()
    due, heard = _pace(SAVE_EVERY, progress)
    outcome = run(spec, device=device, folders=folders, checkpoint=checkpoint, due=due, progress=heard, ranks=ranks)
    facts |= {"seconds": round(time.perf_counter() - begin, 1)} | device_facts(pick_device(device))
    if spec.training and ranks.count > 1:
        facts["processes"] = ranks.count  # that have trained it together, since it was resumed
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
        facts=facts,
    )
    return record, outcome


def _pace(seconds: float, progress: Progress) -> tuple[Callable[[], bool], Progress]:
    """`due`, true once in so many seconds and for `SAVE_SHARE` of the time at most, and the progress it listens to.

    What is due is done when progress is next heard of: a state of 600 MB may take seconds to save.
    """
    asked, wait, saving = time.monotonic(), seconds, False

    def due() -> bool:
        nonlocal asked, saving
        saving = time.monotonic() - asked >= wait
        asked = time.monotonic() if saving else asked
        return saving

    def heard(what: str, step: int) -> None:
        nonlocal wait, saving
        if saving:
            wait, saving = max(seconds, (time.monotonic() - asked) / SAVE_SHARE), False
        progress(what, step)

    return due, heard
