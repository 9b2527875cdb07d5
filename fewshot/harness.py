"""Suite to records: runs every cell that has no record yet and keeps what is done, whoever else works on it."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from fewshot.bank import ImageBank
from fewshot.blame import fails_alone, has_plugin, reason
from fewshot.claims import claim
from fewshot.conformance import check_plugins, inside
from fewshot.device import pick_device
from fewshot.errors import Lacking, RequestError
from fewshot.failures import Failure, failure_file, write_failure
from fewshot.files import remove_drafts
from fewshot.fit import TRIED_CLASSES, check_fit, try_loss, try_objective
from fewshot.images import check_images, image_shape, load_banks
from fewshot.lessons import lessons
from fewshot.normalise import made_up
from fewshot.optimisers import make_optimiser
from fewshot.posed import posed
from fewshot.ranks import ALONE, Ranks
from fewshot.record import RunRecord, machine_facts, record_file, write_record
from fewshot.recording import lock_file, run_cell, unfinished
from fewshot.registry import find
from fewshot.run import Progress, make_learner, make_loss
from fewshot.same_images import check_same, digests_of
from fewshot.search import Cell
from fewshot.spec import STAGES, RunSpec
from fewshot.standing import Standing, read_standing
from fewshot.suites import Suite
from fewshot.trials import check_tasks

LOOK_EVERY = 1.0  # seconds between two looks at what other processes have done
DEATHS = 2  # of a process at one cell, after which the cell has failed


def run_suite(
    suite: Suite,
    results: Path,
    *,
    device: str = "auto",
    folders: Sequence[Path] = (),
    since: float | None = None,
    progress: Callable[[RunSpec], Progress] = lambda spec: lambda what, step: None,
    ranks: Ranks = ALONE,
) -> Standing:
    """Run what has no record, searches first, and write the records; processes on one folder share the work.

    A run fails alone when its numbers stop being finite, its memory runs out or a plug-in of its own raises: it is
    kept as failed. Failures before `since` (by default, now) are tried again. The state of a run in training is kept
    under `unfinished/`, so that a later call goes on from it. Of several `ranks`, rank 0 calls this.
    """
    pick_device(device)
    machine_facts()  # before anything can change
    begin = time.time() if since is None else since
    standing = read_standing(suite, results, begin)
    prepare(suite, standing.ahead, folders, standing.recorded.values())
    while todo := standing.to_run:
        if not any(_taken(spec, suite, results, begin, device, folders, progress, ranks) for spec in todo):
            time.sleep(LOOK_EVERY)  # others are at work on all of it
        standing = read_standing(suite, results, begin, standing)
    sweep(standing, results)
    return standing


def sweep(standing: Standing, results: Path) -> None:
    """Remove what killed processes left of runs that are recorded."""
    for name in standing.recorded:
        for file in [*(results / "unfinished").glob(f"*{name}*"), *(results / "runs").rglob(f".{name}.json.*.draft")]:
            file.unlink(missing_ok=True)


def check_suite(suite: Suite) -> None:
    """Refuse plug-ins that break their promises, and parts that do not go together, with the suite's line."""
    check_plugins(suite.specs)
    for cell in suite.cells:
        try:
            for spec in cell.finals:
                check_fit(spec)
                check_images(spec)
        except RequestError as error:
            own = cell.where[:2] if cell.where[:1] == ("cells",) else ()
            error.where = (*own, *error.where) if error.where else cell.where
            raise suite.origin.refusal(error) from error
    _check_networks(suite)


def _check_networks(suite: Suite) -> None:
    """Build every network and loss once, and refuse what cannot take the images, layers that a network has not, and a
    loss that cannot learn by its similarity.

    Those with plug-ins are left to fail alone.
    """
    seen = set()
    for cell in suite.cells:
        spec = cell.finals[0]
        layers = spec.training and spec.training.layers
        parts = spec.learner, spec.backbone, spec.similarity, spec.loss, spec.dataset
        key = str((*parts, spec.size, spec.normalise, layers))
        if key in seen or not spec.training or has_plugin(spec):
            continue
        seen.add(key)
        try:
            check_network(spec)
        except RequestError as error:
            error.where = _blamed(error, cell)
            raise suite.origin.refusal(error) from error


def check_network(spec: RunSpec) -> None:
    """Build a spec's network and loss, and refuse what `check_suite` refuses of them."""
    shape = image_shape(spec)
    learner = make_learner(spec, shape, own=made_up(shape[0]))
    loss = make_loss(spec, learner, TRIED_CLASSES)
    if spec.training.layers:
        make_optimiser(learner, loss, spec.training)
    if not loss:
        try_objective(learner, spec.learner.name, shape)
    elif not spec.training.pairs:  # what learns from pairs is of no library
        try_loss(loss, spec.loss.name, learner.similarity, math.prod(learner.encoder.shape))


def _blamed(error: RequestError, cell: Cell) -> tuple[str | int, ...]:
    """The keys that ask for what was refused: an option, a part, the size of the images, or a layer's recipe."""
    own = cell.where[:2] if cell.where[:1] == ("cells",) else ()
    if not error.part:
        return (*own, "training", *error.where)
    if error.where and (option := f"{error.part}.{error.where[0]}") in cell.places:
        return cell.places[option]
    if error.part == "backbone" and not error.where and not isinstance(error, Lacking):
        return (*own, "size")
    return cell.places[error.part]


def prepare(
    suite: Suite, specs: Sequence[RunSpec], folders: Sequence[Path], recorded: Iterable[RunRecord] = ()
) -> None:
    """Check what is to be run and have its images in the cache, so that processes only map them.

    Raises `RequestError` for images that are not there or are others than those that what is `recorded` was made of,
    and for tasks that they cannot give.
    """
    check_suite(suite)
    seen = set()
    made_of = digests_of(recorded)
    for spec in specs:
        recipe = spec.training
        tasks = recipe and (recipe.learn, recipe.select, recipe.shape, recipe.within_group, recipe.other_authors)
        pairs = recipe and recipe.pairs
        if (key := str((spec.dataset, spec.protocol, spec.size, spec.stage, tasks, pairs))) not in seen:
            seen.add(key)
            plugged = inside(find("datasets", spec.dataset.name), f"size {spec.size}")
            with plugged if spec.dataset.sha256 else nullcontext():
                banks = load_banks(spec, folders)
                protocol = posed(spec.protocol, spec.dataset, folders)
            check_same(spec, banks, made_of)
            for stage in STAGES:
                if stage in banks:
                    check_tasks(banks[stage], protocol, stage)
            if recipe:
                _check_lessons(banks[recipe.learn], spec)


def _check_lessons(bank: ImageBank, spec: RunSpec) -> None:
    try:
        lessons(bank, spec.training, spec.seed, spec.size)
    except RequestError as error:
        raise RequestError(f"training on {spec.training.learn}: {error}") from error


def _taken(
    spec: RunSpec,
    suite: Suite,
    results: Path,
    begin: float,
    device: str,
    folders: Sequence[Path],
    progress: Callable[[RunSpec], Progress],
    ranks: Ranks,
) -> bool:
    """Run a spec, unless another process is at it or has just done it; whether there is news."""
    with claimed(spec, suite, results, begin) as ours:
        if ours:
            keep(attempt(spec, results, device, folders, progress(spec), ranks), suite, results)
    return ours is not None


@contextmanager
def claimed(spec: RunSpec, suite: Suite, results: Path, begin: float) -> Iterator[bool | None]:
    """Whether a spec is this process's to run, in this block: None while another is at it, False if it has just been.

    What failed before `begin` is to be run.
    """
    lock = lock_file(results, spec)
    with claim(lock) as mine:
        yield not _settled(spec, suite, results, begin) if mine else None
        if mine and recorded(results, spec):
            lock.unlink(missing_ok=True)


def _settled(spec: RunSpec, suite: Suite, results: Path, begin: float) -> bool:
    now = read_standing(suite, results, begin)
    return spec.id in now.recorded or spec.id in now.failed


def attempt(
    spec: RunSpec,
    results: Path | None,
    device: str,
    folders: Sequence[Path],
    progress: Progress,
    ranks: Ranks = ALONE,
) -> RunRecord | Failure:
    """Run a spec: its record or, of one that fails alone, why. Its state in training is kept under `results`."""
    try:
        record, _ = run_cell(spec, results, device=device, folders=folders, progress=progress, ranks=ranks)
    except Exception as error:
        if not fails_alone(error, spec):
            raise
        return Failure(spec, reason(error, spec), time.time())
    return record


def keep(found: RunRecord | Failure, suite: Suite, results: Path) -> None:
    """Write what a run came to, and remove what a record makes needless."""
    if isinstance(found, Failure):
        write_failure(results, found)
        return
    file = record_file(results, suite.name, found.spec)
    remove_drafts(file)
    write_record(found, file)
    failure_file(results, found.spec).unlink(missing_ok=True)
    unfinished(results, found.spec, found.facts).unlink(missing_ok=True)


def recorded(results: Path, spec: RunSpec) -> Path | None:
    """The file of a spec's record in any suite's folder, or None."""
    return min((results / "runs").rglob(f"{spec.id}.json"), default=None)
