"""`fewshot.train`: one network, trained and measured without a results folder."""

from collections.abc import Callable, Sequence
from pathlib import Path

from fewshot.conformance import check_plugins
from fewshot.core.checks import of_type
from fewshot.core.device import learning
from fewshot.core.notices import note
from fewshot.core.progress import Report, check_progress, followed
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.types import Learner
from fewshot.data.locations import data_folders
from fewshot.data.normalise import made_up
from fewshot.execution.cell import run_cell
from fewshot.execution.context import Context
from fewshot.execution.objects import named_parts
from fewshot.execution.preflight import check_network, check_parts
from fewshot.models.learned_from import learned_by
from fewshot.protocols import protocol_of, refuse_learned
from fewshot.records.record import RunRecord
from fewshot.records.training_notes import training_notes
from fewshot.registry.lookup import plugins_of
from fewshot.registry.objects import OBJECT
from fewshot.registry.resolved import Resolved
from fewshot.suites.cells.build import one_cell
from fewshot.tasks.images import given_size, image_shape
from fewshot.training.build import make_learner


def train(
    loss: str | Callable,
    *,
    protocol: str = "scripts",
    dataset: str | None = None,
    backbone: str | Callable = "conv4",
    similarity: str | None = None,
    size: int | Sequence[int] = 28,
    normalise: str = "none",
    stage: str = "val",
    seed: int = 0,
    options: dict[str, dict] | None = None,
    device: str = "auto",
    data: Path | str | None = None,
    progress: bool | Report = True,
    **training: object,
) -> tuple[RunRecord, Learner]:
    """Train one network and measure it, and return its record and the learner.

    A loss or a backbone is a name or an object: a function or a class as in a plug-in's file, with or without its
    decorator, and a backbone also a module from images `[image channel height width]` (0 to 1, ink = 1) to vectors
    `[image dim]`, of which a copy in float32 is trained from its weights. It is checked as plug-ins are. In the record
    it is called "my_loss (object)", with the SHA-256 of its source, or of a module's structure and weights.

    `training` are fields of `Recipe`, `options` are by part, and `dataset` is by default the protocol's. `normalise`
    adds a first layer with the images' mean and deviation. Nothing is written; `fewshot.run` is for results to keep.
    `progress` is as in `evaluate`. A training that went wrong, as the tables note it, is a warning.

    >>> import fewshot
    >>> record, learner = fewshot.train("triplet", steps=2)
    >>> print(record)
    20-way 1-shot ... (n = 300)
    >>> learner
    siamese(encoder: conv4, similarity: euclidean, weights: 111,938, learned from: 731 classes)

    >>> def pull(support, query, similarity, *, margin: float = 1.0):
    ...     distance, same = fewshot.compare(support, query, similarity.distance)
    ...     return distance[same].mean() + (margin - distance).relu()[~same].mean()
    >>> fewshot.train(pull, options={"pull": {"margin": 5.0}}, steps=2)[0].spec.plain()["loss"]["name"]
    'pull (object)'
    """
    check_progress(progress)
    own_size = given_size(size, options, data)
    of_type(str, protocol=protocol, normalise=normalise, stage=stage, device=device)
    of_type(str | None, dataset=dataset, similarity=similarity)
    of_type(int, seed=seed)
    cell = {"dataset": dataset, "normalise": normalise, "size": own_size, "stage": stage, "seed": seed}
    with named_parts(loss, backbone, similarity) as names:
        called = {name.removesuffix(OBJECT): name for name in names}
        options = {called.get(part, part): own for part, own in (options or {}).items()}
        spec = one_cell(names[0], protocol, names[1], similarity, **cell, options=options, training=training)
        with learning():
            record, learner = _train(spec, learned_by(backbone), device, data_folders(data), progress)
    for text in training_notes(record):
        note(text)
    return record, learner


def _train(
    spec: RunSpec, learned: Sequence[str], device: str, folders: Sequence[Path], progress: bool | Report
) -> tuple[RunRecord, Learner]:
    """The record and the learner of a checked spec, whose backbone has `learned` from some classes before."""
    parts = Resolved(spec)
    check_parts(parts)
    if any(entry.made_from for entry in plugins_of(spec)):
        check_plugins([spec], folders)
        shape = image_shape(parts)
        make_learner(parts, shape, own=made_up(shape[0]))
    elif not plugins_of(spec):
        check_network(parts)
    if learned:
        refuse_learned(learned, "this backbone", protocol_of(spec, folders), spec.stage)
    steps = spec.training.steps if spec.training else 0
    with followed(progress, steps, "step") as follow:
        context = Context(device=device, folders=tuple(folders), progress=lambda spec, work, step: follow(work, step))
        record, outcome = run_cell(spec, context)
    return record, outcome.learner
