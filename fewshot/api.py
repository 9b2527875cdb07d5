"""The library in five calls: `load`, `evaluate`, `train`, `frame` (and `draw`, in `episodes`)."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from fewshot.bank import ImageBank
from fewshot.cells import one_cell
from fewshot.contracts import Images, Learner, Scores, Tasks
from fewshot.datasets import data_folders
from fewshot.device import device_facts
from fewshot.errors import RequestError, unknown
from fewshot.evaluation import evaluate as measure
from fewshot.keys import shown
from fewshot.learners.siamese import siamese
from fewshot.protocols import SPLITS, Protocol, learned_classes, load_protocol, refuse_learned
from fewshot.record import RunRecord, machine_facts, read_records
from fewshot.recording import make_record, run_cell
from fewshot.registry import KINDS, make_part
from fewshot.registry import load as load_part
from fewshot.run import Outcome, load_bank, skipped_in
from fewshot.spec import STAGES, Part, RunSpec
from fewshot.stats import equal_error_rate, roc_area, t_interval

if TYPE_CHECKING:
    from pandas import DataFrame


def load(
    dataset: str, protocol: str, split: str = "train", *, size: int | None = None, data: Path | str | None = None
) -> ImageBank:
    """The images of one split of a protocol ("train", "val", "test" or "train+val"); `size` None is the native one."""
    found = load_protocol(protocol)
    if found.dataset != dataset:
        raise RequestError(f"protocol {protocol} is of data set {found.dataset!r}, got {dataset!r}")
    for name in split.split("+"):
        if name not in SPLITS:
            raise unknown("split", name, SPLITS)
    return load_bank(make_part("datasets", dataset), found, split, size, data_folders(data))


def evaluate(
    model: nn.Module | Learner | Callable[[Tasks], Scores],
    protocol: str = "lake",
    *,
    stage: str = "test",
    size: int | None = None,
    similarity: str = "euclidean",
    shot_rule: str = "mean_score",
    learned_from: str | Sequence[str] = (),
    data: Path | str | None = None,
) -> RunRecord:
    """Everything that a protocol measures, of your model, on its fixed tasks.

    `model` is a module from images `[image channel height width]` (0 to 1, ink = 1) to vectors `[image dim]`, compared
    by `similarity`; or a learner; or any function from `Tasks` to scores `[task way query way]`, larger being more
    alike. A module is evaluated where its weights are, with the statistics of its norms frozen, and left as it was.

    `learned_from` are classes that it has learned from, or protocols whose train and val classes it has; a learner that
    comes from `train` says it itself. Raises `RequestError` when one of them is measured.
    """
    found = load_protocol(protocol)
    if stage not in STAGES:
        raise unknown("stage", stage, STAGES)
    _refuse(model, learned_from, found, stage)
    dataset = make_part("datasets", found.dataset)
    weights = list(model.parameters()) if isinstance(model, nn.Module) else []
    place = weights[0].device if weights else "cpu"
    splits = [stage, *(["val"] if found.verify else [])]
    banks = {split: load_bank(dataset, found, split, size, data_folders(data)).to(place) for split in splits}
    bank = banks[stage]
    embeds = isinstance(model, nn.Module) and not isinstance(model, Learner)
    compared = make_part("similarities", similarity) if embeds else None
    was_training = isinstance(model, nn.Module) and model.training
    learner = as_learner(model, bank.pixels[:2].float().div_(255), compared, shot_rule)
    name = getattr(model, "__qualname__", type(model).__qualname__)
    spec = RunSpec(
        dataset,
        make_part("protocols", found.name),
        stage,
        bank.shape[1],
        Part(name, sha256=_fingerprint(model)),
        compared,
        shot_rule=shot_rule,
    )
    try:
        measured = measure(learner, bank, found, stage, val=banks.get("val"))
    finally:
        if was_training:
            model.train()
    facts = machine_facts() | device_facts(bank.device)
    digests = {split: one.digest for split, one in banks.items()}
    return make_record(spec, Outcome(measured, learner, digests, skipped=skipped_in(banks)), facts)


def as_learner(
    model: nn.Module | Learner | Callable[[Tasks], Scores], images: Images, similarity: Part | None, shot_rule: str
) -> Learner:
    """A learner of what `evaluate` takes; a module from images to vectors meets `images` and no longer trains."""
    if isinstance(model, Learner):
        return model
    if not isinstance(model, nn.Module):
        return _Function(model)
    with torch.inference_mode():
        embedded = model.eval()(images)
    if embedded.ndim != 2:
        number, came = len(images), list(embedded.shape)
        raise RequestError(f"expected embeddings [{number} dim] of {number} images, got {came}")
    compare = load_part("similarities", similarity.name)(tuple(embedded.shape[1:]), **similarity.options)
    return siamese(model, compare.to(images.device), shot_rule)


def train(
    loss: str,
    *,
    protocol: str = "scripts",
    backbone: str = "conv4",
    similarity: str | None = None,
    size: int = 28,
    stage: str = "val",
    seed: int = 0,
    options: dict[str, dict] | None = None,
    device: str = "auto",
    data: Path | str | None = None,
    **training: object,
) -> tuple[RunRecord, Learner]:
    """Train one network, measure it, and give both back. `training` are fields of `Training`; `options` are by part.

    Nothing is written; `fewshot run` is for results to keep.
    """
    spec = one_cell(
        loss,
        protocol,
        backbone,
        similarity,
        size=size,
        stage=stage,
        seed=seed,
        options=options or {},
        training=training,
    )
    record, outcome = run_cell(spec, None, device=device, folders=data_folders(data))
    return record, outcome.learner


def frame(results: Path | str | None = "results") -> "DataFrame":
    """One row for each run and kind of task: what was run, accuracy and its 95 % half-width (0 to 1), and the facts.

    `method` and `network` are the loss (or learner) and the backbone with the options that are not their defaults.
    """
    import pandas

    rows = []
    for record in read_records(Path(results)).values():
        spec, facts = record.spec, record.facts
        parts = {kind: getattr(spec, kind) for kind in KINDS}
        common = {"id": record.id} | {kind: part.name if part else None for kind, part in parts.items()}
        common |= {"method": shown(spec, "method"), "network": shown(spec, "network") if spec.backbone else None}
        common |= {"stage": spec.stage, "size": spec.size, "seed": spec.seed}
        recipe = spec.training
        common |= {"learn": recipe and recipe.learn, "steps": recipe.steps if recipe else 0}
        common |= {"learning_rate": recipe and recipe.learning_rate}
        pairs = {
            "roc_area": roc_area(record.same, record.different),
            "equal_error_rate": equal_error_rate(record.same, record.different),
        }
        for task, values in record.accuracy.items():
            interval = t_interval(values)
            found = {"task": task, "accuracy": interval.mean, "half_width": interval.half, "episodes": interval.n}
            rows.append(common | found | pairs | {key: facts.get(key) for key in ("commit", "device", "seconds")})
    return pandas.DataFrame(rows)


def _refuse(model: object, given: str | Sequence[str], protocol: Protocol, stage: str) -> None:
    for whose, names in learned_classes(given, protocol.dataset).items():
        refuse_learned(names, whose, protocol, stage)
    for module in model.modules() if isinstance(model, nn.Module) else [model]:
        refuse_learned(getattr(module, "learned_from", ()), "this learner", protocol, stage)


class _Function:
    """A learner that is a function."""

    transductive = False

    def __init__(self, function: Callable[[Tasks], Scores]) -> None:
        self.scores = function


def _fingerprint(model: object) -> str:
    if not isinstance(model, nn.Module):
        return ""
    content = hashlib.sha256()
    for name, value in model.state_dict().items():
        content.update(name.encode() + value.detach().cpu().flatten().view(torch.uint8).numpy().tobytes())
    return content.hexdigest()
