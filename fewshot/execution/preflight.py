"""Checks before the first step: parts that fit each other, and images in the cache."""

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from fewshot.conformance import check_plugins
from fewshot.conformance.breaches import blamed
from fewshot.core.errors import Lacking, RequestError
from fewshot.core.spec.names import STAGES
from fewshot.core.spec.run_spec import RunSpec
from fewshot.data.bank import ImageBank
from fewshot.data.normalise import made_up
from fewshot.execution.compatibility import TRIED_CLASSES, check_fit, try_loss, try_objective
from fewshot.execution.context import Context
from fewshot.records.digests import Digests, check_same, digests_of
from fewshot.records.store import check_writable
from fewshot.registry.lookup import find, plugins_of
from fewshot.registry.resolved import Resolved
from fewshot.suites.status import Status
from fewshot.suites.suite import Suite
from fewshot.tasks.fixed import check_tasks
from fewshot.tasks.images import check_images, image_shape, load_banks, splits_of
from fewshot.training.batches import batches
from fewshot.training.build import make_learner, make_loss
from fewshot.training.distributed.processes import check_divided
from fewshot.training.optimisers import make_optimiser


@dataclass(frozen=True)
class Ready:
    """A suite that has passed preflight, its status then, and the most bytes of images that one of its runs needs."""

    suite: Suite
    status: Status
    images: int = 0


def preflight(status: Status, context: Context, again: Sequence[RunSpec] = ()) -> Ready:
    """Refuse a suite that would fail later, cache the images of the runs ahead and of recorded ones that are trained
    `again`, and return the suite as ready.

    Raises `RequestError` for steps that the processes cannot divide, plug-ins that break their promises, parts that do
    not fit, a results folder that cannot be written, images that are missing or differ from those of the records, and
    tasks that the images cannot fill.
    """
    check_suite(status, context, again)
    if context.results:
        check_writable(context.results, status.suite.name, status.ahead)
    most = _check_images([*status.ahead, *again], context.folders, digests_of(status.recorded.values()))
    return Ready(status.suite, status, most)


def check_suite(status: Status, context: Context, again: Sequence[RunSpec] = ()) -> None:
    """The part of preflight that needs no images and no results folder."""
    suite = status.suite
    for spec in (*status.ahead, *again):
        try:
            check_divided(spec, context.world.count)
        except RequestError as error:
            raise suite.refusal(error) from error
    check_plugins(suite.specs, context.folders)
    for cell in suite.cells:
        try:
            for spec in cell.finals:
                check_parts(Resolved(spec))
        except RequestError as error:
            raise suite.refusal(error, cell) from error
    _check_networks(suite)


def check_parts(parts: Resolved) -> None:
    """Refuse parts that do not fit together, without building them."""
    check_fit(parts)
    check_images(parts)


def _check_networks(suite: Suite) -> None:
    """Build every network and loss once; refuse those that cannot take the images, lack named layers or cannot learn.

    Cells with plug-ins are skipped: they fail alone.
    """
    seen = set()
    for cell, spec in [(one, spec) for one in suite.cells for spec in one.finals]:
        layers = spec.training and (spec.training.layers, spec.training.class_rate)
        parts = spec.learner, spec.backbone, spec.similarity, spec.loss, spec.dataset
        key = str((*parts, spec.size, spec.normalise, layers))
        if key in seen or not spec.training or plugins_of(spec):
            continue
        seen.add(key)
        try:
            check_network(Resolved(spec))
        except RequestError as error:
            if error.where == ("backbone",) and not isinstance(error, Lacking):
                error.where = ("size",)  # the backbone cannot take images of this size
            raise suite.refusal(error, cell) from error


def check_network(parts: Resolved) -> None:
    """Build a spec's network and loss, and refuse those that cannot be built or cannot learn."""
    spec, shape = parts.spec, image_shape(parts)
    try:
        learner = make_learner(parts, shape, own=made_up(shape[0]))
    except RuntimeError as error:  # too little memory
        reason = str(error).partition("\n")[0]
        raise RequestError(f"expected a network that this machine can hold, got: {reason}") from error
    loss = make_loss(parts, learner, TRIED_CLASSES)
    if spec.training.layers or spec.training.class_rate != 1:
        make_optimiser(learner, loss, spec.training)
    if not loss:
        try_objective(learner, spec.learner.name, shape)
    elif not spec.training.pairs:  # losses of pairs are never a library's
        try_loss(loss, spec.loss.name, learner.similarity, math.prod(learner.encoder.shape))


def _check_images(specs: Sequence[RunSpec], folders: Sequence[Path], made_of: Digests) -> int:
    """Load the images of every spec once, so that processes only map them, and draw the first tasks of each kind.

    Returns the most bytes of images of one spec.
    """
    different, most = {}, 0
    for spec in specs:
        recipe = spec.training
        tasks = recipe and (
            recipe.learn,
            recipe.select,
            recipe.shape,
            recipe.within_group,
            recipe.other_authors,
            recipe.forged,
        )
        kind = spec.stage, spec.fold, spec.folds, tasks, recipe and recipe.pairs
        different.setdefault(str((spec.dataset, spec.protocol, spec.size, *kind)), spec)
    for spec in different.values():
        try:
            most = max(most, _check_tasks(spec, folders, made_of))
        except RequestError as error:
            if not spec.folds:
                raise
            raise RequestError(f"search.folds: on fold {spec.fold} of {spec.folds}, {error}") from error
    return most


def _check_tasks(spec: RunSpec, folders: Sequence[Path], made_of: Digests) -> int:
    """Check that the images of a spec are those of the records and fill its tasks; return their bytes."""
    plugged = blamed(find("datasets", spec.dataset.name), f"size {spec.size}")
    with plugged if spec.dataset.sha256 else nullcontext():
        protocol, banks = load_banks(Resolved(spec), folders)
    digests = {split: bank.digest for split, bank in banks.items()} | (protocol.lists.digests if protocol.lists else {})
    check_same(spec, digests, made_of)
    for stage in STAGES:
        if stage in banks and stage in splits_of(spec, protocol):
            check_tasks(banks[stage], protocol, stage)
    if spec.training:
        _check_batches(banks[spec.training.learn], spec)
    return sum(bank.pixels.numel() for bank in banks.values())


def _check_batches(bank: ImageBank, spec: RunSpec) -> None:
    try:
        batches(bank, spec.training, spec.seed, spec.size)
    except RequestError as error:
        raise RequestError(f"training on {spec.training.learn}: {error}") from error
