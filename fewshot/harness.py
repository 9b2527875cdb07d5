"""Suite to records: runs every cell that has no record yet, one after the other, and keeps what is done."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import torch

from fewshot.errors import RequestError
from fewshot.evaluation import NotFinite
from fewshot.record import RunRecord, machine_facts, read_record, record_file, write_record
from fewshot.run import Outcome, Progress, check_fit, pick_device, run
from fewshot.spec import RunSpec
from fewshot.suites import Suite


@dataclass
class Report:
    """Records of a suite's cells, in its order, and why a cell has none."""

    records: list[RunRecord] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)  # by id


def run_suite(
    suite: Suite,
    results: Path,
    *,
    device: str = "auto",
    folders: Sequence[Path] = (),
    progress: Callable[[RunSpec], Progress],
) -> Report:
    """Run the cells without a record and write theirs.

    A cell fails alone when its numbers stop being finite, its memory runs out or a plug-in of its own raises.

    The state of a cell in training is kept under `unfinished/`, so that a later call goes on from it.
    """
    for spec in suite.specs:
        check_fit(spec)
    pick_device(device)
    report = Report()
    for spec in suite.specs:
        file = recorded(results, spec) or record_file(results, suite.name, spec)
        if not file.exists():
            try:
                record, _ = run_cell(spec, results, device=device, folders=folders, progress=progress(spec))
            except Exception as error:
                if not _fails_alone(error, spec):
                    raise
                report.failures[spec.id] = " ".join(f"{type(error).__name__}: {error}".split())
                continue
            write_record(record, file)
            unfinished(results, spec, record.facts).unlink(missing_ok=True)
        report.records.append(read_record(file))
    return report


def _fails_alone(error: Exception, spec: RunSpec) -> bool:
    if isinstance(error, NotFinite | torch.OutOfMemoryError):
        return True
    plugged = any(part and part.sha256 for part in (spec.learner, spec.backbone, spec.similarity, spec.loss))
    return plugged and not isinstance(error, RequestError | OSError)


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
    facts["resumed"] = bool(checkpoint and checkpoint.exists())  # then `seconds` are those since
    begin = time.perf_counter()
    outcome = run(spec, device=device, folders=folders, checkpoint=checkpoint, progress=progress)
    facts |= {"seconds": round(time.perf_counter() - begin, 1)} | device_facts(pick_device(device))
    return make_record(spec, outcome, facts), outcome


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


def recorded(results: Path, spec: RunSpec) -> Path | None:
    """The file of a spec's record in any suite's folder, or None."""
    return next((results / "runs").rglob(f"{spec.id}.json"), None)


def unfinished(results: Path, spec: RunSpec, facts: dict) -> Path:
    """Where the state of a cell in training is kept; changed sources start it again."""
    return results / "unfinished" / f"{spec.id}-{facts['sources']}.pt"


def device_facts(device: torch.device) -> dict:
    """What ran the numbers: the processor or GPU, and how many threads."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return {"device": device.type, "processor": name, "threads": torch.get_num_threads(), "cuda": torch.version.cuda}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")
