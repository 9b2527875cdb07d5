"""Tiny specs, and one spec or a whole suite run without the command line."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.spec.run_spec import RunSpec
from fewshot.data.bank import ImageBank
from fewshot.execution.context import Context, Progress, silent
from fewshot.execution.preflight import Ready, check_suite, preflight
from fewshot.execution.run import Outcome, run
from fewshot.execution.serial import run_suite
from fewshot.records.failures import attempts
from fewshot.registry.lookup import make_part
from fewshot.registry.resolved import Resolved
from fewshot.suites.status import Status, ids_of, read_status
from fewshot.suites.suite import Suite
from fewshot.tasks.images import load_banks
from fewshot.training.checkpoint import Checkpoint

TINY = RunSpec(
    dataset=make_part("datasets", "typefaces"),
    protocol=make_part("protocols", "scripts"),
    stage="val",
    size=16,
    learner=make_part("learners", "siamese"),
    similarity=make_part("similarities", "weighted_l1"),
    backbone=make_part("backbones", "conv4", {"widths": [4, 4, 4]}),
    loss=make_part("losses", "verification"),
    training=Recipe(task=TaskShape(5, 1, 2), batch=2, affine=0.5, steps=4, val_every=2, warmup=0, other_authors=True),
)
PIXELS = replace(
    TINY,
    learner=make_part("learners", "pixels"),
    similarity=make_part("similarities", "cosine"),
    backbone=None,
    loss=None,
    training=None,
)


def run_spec(
    spec: RunSpec,
    *,
    folders: Sequence[Path] = (),
    checkpoint: Path | None = None,
    progress: Callable[[str, int], None] = lambda work, step: None,
) -> Outcome:
    """Run a spec on the CPU without preflight."""
    context = Context(device="cpu", folders=tuple(folders), progress=lambda spec, work, step: progress(work, step))
    return run(Resolved(spec), context, Checkpoint(checkpoint))


def ready(
    suite: Suite, results: Path | None = None, folders: Sequence[Path] = (), progress: Progress = silent
) -> tuple[Ready, Context]:
    """A suite that has passed preflight, and where it is to be computed: on the CPU."""
    context = Context(results, "cpu", tuple(folders), progress=progress)
    status = read_status(suite, results, attempts(results, ids_of(suite))) if results else Status(suite, {}, {})
    return preflight(status, context), context


def run_whole(suite: Suite, results: Path, folders: Sequence[Path] = (), progress: Progress = silent) -> Status:
    """Run all that a suite lacks."""
    return run_suite(*ready(suite, results, folders, progress))


def check(suite: Suite) -> None:
    """Refuse what preflight refuses without images."""
    check_suite(Status(suite, {}, {}), Context(device="cpu"))


def load_all(spec: RunSpec, folders: Sequence[Path] = ()) -> dict[str, ImageBank]:
    """The images that a spec needs, by split."""
    return load_banks(Resolved(spec), folders)[1]
