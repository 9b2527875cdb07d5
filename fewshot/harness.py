"""Suite to records: runs every cell that has no record yet and keeps what is done, whoever else works on it."""

import re
import time
import traceback
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import torch

from fewshot.claims import claim
from fewshot.conformance import check_plugins
from fewshot.device import device_facts, pick_device
from fewshot.episodes import TaskSource
from fewshot.errors import RequestError
from fewshot.evaluation import NotFinite
from fewshot.failures import Failure, failure_file, write_failure
from fewshot.files import remove_drafts
from fewshot.record import RunRecord, machine_facts, record_file, write_record
from fewshot.registry import find
from fewshot.run import Outcome, Progress, check_fit, load_banks, run
from fewshot.spec import RunSpec
from fewshot.standing import Standing, read_standing
from fewshot.suites import Suite

SAVE_EVERY = 20.0  # seconds between two checkpoints of a cell
LOOK_EVERY = 1.0  # seconds between two looks at what other processes have done


def run_suite(
    suite: Suite,
    results: Path,
    *,
    device: str = "auto",
    folders: Sequence[Path] = (),
    since: float | None = None,
    progress: Callable[[RunSpec], Progress] = lambda spec: lambda what, step: None,
) -> Standing:
    """Run what has no record, searches first, and write the records; processes on one folder share the work.

    A run fails alone when its numbers stop being finite, its memory runs out or a plug-in of its own raises: it is
    kept as failed. Failures before `since` (by default, now) are tried again. The state of a run in training is kept
    under `unfinished/`, so that a later call goes on from it.
    """
    pick_device(device)
    begin = time.time() if since is None else since
    standing = read_standing(suite, results, begin)
    prepare(suite, standing.ahead, folders)
    while todo := standing.to_run:
        if not any(_claimed(spec, suite, results, begin, device, folders, progress) for spec in todo):
            time.sleep(LOOK_EVERY)  # others are at work on all of it
        standing = read_standing(suite, results, begin, standing)
    _sweep(standing, results)
    return standing


def _sweep(standing: Standing, results: Path) -> None:
    """Remove what killed processes left of runs that are recorded."""
    for name in standing.recorded:
        for file in [*(results / "unfinished").glob(f"*{name}*"), *(results / "runs").rglob(f".{name}.json.*.draft")]:
            file.unlink(missing_ok=True)


def check_suite(suite: Suite) -> None:
    """Refuse plug-ins that break their promises, and parts that do not go together, with the suite's line."""
    check_plugins(suite.specs)
    for cell in suite.cells:
        try:
            check_fit(cell.finals[0])
        except RequestError as error:
            error.where = cell.where
            raise suite.origin.refusal(error) from error


def prepare(suite: Suite, specs: Sequence[RunSpec], folders: Sequence[Path]) -> None:
    """Check what is to be run and have its images in the cache, so that processes only map them.

    Raises `RequestError` for images that are not there, and for tasks that they cannot give.
    """
    check_suite(suite)
    seen = set()
    for spec in specs:
        recipe = spec.training
        tasks = recipe and (recipe.learn, recipe.select, recipe.task, recipe.within_group, recipe.other_authors)
        if (key := str((spec.dataset, spec.protocol, spec.size, spec.stage, tasks))) not in seen:
            seen.add(key)
            banks = load_banks(spec, folders)
            if recipe:
                TaskSource(banks[recipe.learn], recipe.task, recipe.within_group, recipe.other_authors)


def _claimed(
    spec: RunSpec,
    suite: Suite,
    results: Path,
    begin: float,
    device: str,
    folders: Sequence[Path],
    progress: Callable[[RunSpec], Progress],
) -> bool:
    """Run a spec, unless another process is at it or has just done it; whether there is news."""
    lock = results / "unfinished" / f"{spec.id}.lock"
    with claim(lock) as mine:
        if not mine:
            return False
        if not _settled(spec, suite, results, begin):
            _run_and_keep(spec, suite, results, device, folders, progress(spec))
        if recorded(results, spec):
            lock.unlink(missing_ok=True)
    return True


def _settled(spec: RunSpec, suite: Suite, results: Path, begin: float) -> bool:
    now = read_standing(suite, results, begin)
    return spec.id in now.recorded or spec.id in now.failed


def _run_and_keep(
    spec: RunSpec, suite: Suite, results: Path, device: str, folders: Sequence[Path], progress: Progress
) -> None:
    file = record_file(results, suite.name, spec)
    try:
        record, _ = run_cell(spec, results, device=device, folders=folders, progress=progress)
    except Exception as error:
        if not fails_alone(error, spec):
            raise
        write_failure(results, Failure(spec, _reason(error, spec), time.time()))
        return
    remove_drafts(file)
    write_record(record, file)
    failure_file(results, spec).unlink(missing_ok=True)
    unfinished(results, spec, record.facts).unlink(missing_ok=True)


def fails_alone(error: Exception, spec: RunSpec) -> bool:
    """Whether an error is the run's own, so that the others go on: its numbers, its memory or its plug-ins."""
    if isinstance(error, NotFinite | torch.OutOfMemoryError | MemoryError):
        return True
    if isinstance(error, RuntimeError) and re.search(r"out of memory|can't allocate memory", str(error)):
        return True
    return bool(_plugged(spec)) and not isinstance(error, RequestError | OSError)


def _plugged(spec: RunSpec) -> list[Path]:
    """The files of a spec's plug-ins."""
    kinds = {"datasets": spec.dataset, "protocols": spec.protocol, "learners": spec.learner}
    kinds |= {"backbones": spec.backbone, "similarities": spec.similarity, "losses": spec.loss}
    return [find(kind, part.name).file.resolve() for kind, part in kinds.items() if part and part.sha256]


def _reason(error: Exception, spec: RunSpec) -> str:
    """What went wrong, in one line; in a plug-in, at which of its lines."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    plugged = _plugged(spec)
    frames = [one for one in traceback.extract_tb(error.__traceback__) if Path(one.filename).resolve() in plugged]
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: {text}" if frames else text


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


def recorded(results: Path, spec: RunSpec) -> Path | None:
    """The file of a spec's record in any suite's folder, or None."""
    return min((results / "runs").rglob(f"{spec.id}.json"), default=None)


def unfinished(results: Path, spec: RunSpec, facts: dict) -> Path:
    """Where the state of a cell in training is kept; changed sources start it again."""
    return results / "unfinished" / f"{spec.id}-{facts['sources']}.pt"
