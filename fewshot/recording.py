"""From a spec to its record, by way of the state that a run in training keeps."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from fewshot.device import device_facts, pick_device
from fewshot.files import remove_drafts
from fewshot.record import RunRecord, machine_facts
from fewshot.run import Outcome, Progress, run
from fewshot.spec import RunSpec

SAVE_EVERY = 20.0  # seconds between two checkpoints of a cell


def run_cell(
    spec: RunSpec,
    results: Path | None,
    *,
    device: str = "auto",
    folders: Sequence[Path] = (),
    progress: Progress = lambda what, step: None,
) -> tuple[RunRecord, Outcome]:
    """Run one spec and describe it as a record."""
    facts = {"started": datetime.now(UTC).isoformat(timespec="seconds")} | machine_facts()
    checkpoint = unfinished(results, spec, facts) if results and spec.training else None
    if checkpoint:
        remove_drafts(checkpoint)
    facts["resumed"] = bool(checkpoint and checkpoint.exists())  # then `seconds` are those since
    begin = time.perf_counter()
    outcome = run(
        spec, device=device, folders=folders, checkpoint=checkpoint, due=_every(SAVE_EVERY), progress=progress
    )
    facts |= {"seconds": round(time.perf_counter() - begin, 1)} | device_facts(pick_device(device))
    return make_record(spec, outcome, facts), outcome


def _every(seconds: float) -> Callable[[], bool]:
    """True once in so many seconds."""
    last = time.monotonic()

    def due() -> bool:
        nonlocal last
        if time.monotonic() - last < seconds:
            return False
        last = time.monotonic()
        return True

    return due


def make_record(spec: RunSpec, outcome: Outcome, facts: dict) -> RunRecord:
    """The record of an outcome."""
    measured, trained = outcome.measured, outcome.trained
    return RunRecord(
        spec,
        measured.accuracy,
        measured.same,
        measured.different,
        curve=trained.curve,
        kept=trained.kept,
        digests=outcome.digests,
        facts=facts,
    )


def unfinished(results: Path, spec: RunSpec, facts: dict) -> Path:
    """Where the state of a cell in training is kept; changed sources start it again."""
    return results / "unfinished" / f"{spec.id}-{facts['sources']}.pt"
