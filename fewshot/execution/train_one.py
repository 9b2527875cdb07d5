"""`fewshot.train`: one network, trained and measured without a results folder."""

from pathlib import Path

from fewshot.core.checks import of_type
from fewshot.core.notices import note
from fewshot.core.progress import Report, check_progress, followed
from fewshot.core.types import Learner
from fewshot.data.locations import data_folders
from fewshot.execution.cell import run_cell
from fewshot.execution.context import Context
from fewshot.execution.preflight import check_network, check_parts
from fewshot.records.record import RunRecord
from fewshot.records.training_notes import training_notes
from fewshot.registry.lookup import plugins_of
from fewshot.registry.resolved import Resolved
from fewshot.suites.cells import one_cell
from fewshot.tasks.images import check_given


def train(
    loss: str,
    *,
    protocol: str = "scripts",
    dataset: str | None = None,
    backbone: str = "conv4",
    similarity: str | None = None,
    size: int = 28,
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

    `training` are fields of `Recipe`, `options` are by part, and `dataset` is by default the protocol's. `normalise`
    adds a first layer with the images' mean and deviation. Nothing is written; `fewshot.run` is for results to keep.
    `progress` is as in `evaluate`. A training that went wrong, as the tables note it, is a warning.

    >>> import fewshot
    >>> record, learner = fewshot.train("triplet", steps=2)
    >>> print(record)
    20-way 1-shot ... (n = 300)
    >>> learner
    siamese(encoder: conv4, similarity: euclidean, weights: 111,938, learned from: 731 classes)
    """
    check_progress(progress)
    check_given(size, options, data)
    of_type(str, loss=loss, protocol=protocol, backbone=backbone, normalise=normalise, stage=stage, device=device)
    of_type(str | None, dataset=dataset, similarity=similarity)
    of_type(int, seed=seed, size=size)
    cell = {"dataset": dataset, "normalise": normalise, "size": size, "stage": stage, "seed": seed}
    spec = one_cell(loss, protocol, backbone, similarity, **cell, options=options or {}, training=training)
    parts = Resolved(spec)
    check_parts(parts)
    if not plugins_of(spec):
        check_network(parts)
    steps = spec.training.steps if spec.training else 0
    with followed(progress, steps, "step") as follow:
        context = Context(
            device=device, folders=tuple(data_folders(data)), progress=lambda spec, work, step: follow(work, step)
        )
        record, outcome = run_cell(spec, context)
    for text in training_notes(record):
        note(text)
    return record, outcome.learner
