"""Checks before the first step: parts that fit each other, and images in the cache."""

import math
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path

from fewshot.conformance import check_plugins
from fewshot.conformance.assertions import inside
from fewshot.core.errors import Lacking, RequestError
from fewshot.core.spec import STAGES, RunSpec
from fewshot.data.bank import ImageBank
from fewshot.data.normalise import made_up
from fewshot.execution.compatibility import TRIED_CLASSES, check_fit, try_loss, try_objective
from fewshot.protocols import with_own_split
from fewshot.records.digests import check_same, digests_of
from fewshot.records.faults import has_plugin
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import find
from fewshot.suites.search import Cell
from fewshot.suites.suite import Suite
from fewshot.tasks.fixed import check_tasks
from fewshot.tasks.images import check_images, image_shape, load_banks
from fewshot.training.batches import batches
from fewshot.training.build import make_learner, make_loss
from fewshot.training.optimisers import make_optimiser


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
                protocol = with_own_split(spec.protocol, spec.dataset, folders)
            check_same(spec, {split: bank.digest for split, bank in banks.items()}, made_of)
            for stage in STAGES:
                if stage in banks:
                    check_tasks(banks[stage], protocol, stage)
            if recipe:
                _check_lessons(banks[recipe.learn], spec)


def _check_lessons(bank: ImageBank, spec: RunSpec) -> None:
    try:
        batches(bank, spec.training, spec.seed, spec.size)
    except RequestError as error:
        raise RequestError(f"training on {spec.training.learn}: {error}") from error
