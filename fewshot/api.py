"""The library in five calls: `load`, `evaluate`, `train`, `frame` (and `draw`, in `episodes`)."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from fewshot.bank import ImageBank
from fewshot.blame import has_plugin
from fewshot.cells import one_cell
from fewshot.contracts import Learner, Scores, Tasks
from fewshot.datasets import data_folders
from fewshot.device import device_facts
from fewshot.errors import unknown
from fewshot.evaluation import evaluate as measure
from fewshot.fit import check_fit
from fewshot.images import load_bank, skipped_in
from fewshot.keys import shown
from fewshot.models import as_learner, behind_statistics, embeds, fingerprint
from fewshot.posed import asked_parts
from fewshot.prepare import check_network
from fewshot.protocols import SPLITS, Protocol, learned_classes, refuse_learned
from fewshot.record import RunRecord, machine_facts, read_records
from fewshot.recording import make_record, run_cell
from fewshot.registry import KINDS, make_part
from fewshot.run import Outcome
from fewshot.spec import NORMALISE, STAGES, Part, RunSpec
from fewshot.stats import equal_error_rate, roc_area, t_interval

if TYPE_CHECKING:
    from pandas import DataFrame


def load(
    dataset: str,
    protocol: str,
    split: str = "train",
    *,
    size: int | None = None,
    options: dict[str, dict] | None = None,
    data: Path | str | None = None,
) -> ImageBank:
    """The images of one split of a protocol ("train", "val", "test" or "train+val"); `size` None is the native one.

    A protocol without a data set of its own goes with yours, whose options are by part as in a suite:
    `load("folder:faces", "held_out", options={"folder:faces": {"split": "0.6/0.2/0.2"}})`.
    """
    for name in split.split("+"):
        if name not in SPLITS:
            raise unknown("split", name, SPLITS)
    folders = data_folders(data)
    _, images, found = asked_parts(protocol, dataset, options, folders)
    return load_bank(images, found, split, size, folders)


def evaluate(
    model: nn.Module | Learner | Callable[[Tasks], Scores],
    protocol: str = "lake",
    *,
    dataset: str | None = None,
    stage: str = "test",
    size: int | None = None,
    similarity: str = "euclidean",
    shot_rule: str = "mean_score",
    normalise: str = "none",
    learned_from: str | Sequence[str] = (),
    options: dict[str, dict] | None = None,
    data: Path | str | None = None,
) -> RunRecord:
    """Everything that a protocol measures, of your model, on its fixed tasks.

    `model` is a module from images `[image channel height width]` (0 to 1, ink = 1) to vectors `[image dim]`, compared
    by `similarity`; or a learner; or any function from `Tasks` to scores `[task way query way]`, larger being more
    alike. A module is evaluated where its weights are, with the statistics of its norms frozen, and left as it was.
    With `normalise` it gets images of mean 0 and deviation 1 in each channel, by the pixels of the train split ("own")
    or by ImageNet's ("imagenet").

    `dataset` and `options`, by part, are as in `load`; by default the data set is the protocol's.
    `learned_from` are classes that it has learned from, or protocols whose train and val classes it has; a learner that
    comes from `train` says it itself. Raises `RequestError` when one of them is measured.
    """
    for name, value, known in (("stage", stage, STAGES), ("normalise", normalise, NORMALISE)):
        if value not in known:
            raise unknown(name, value, known)
    folders = data_folders(data)
    posing, images, found = asked_parts(protocol, dataset, options, folders)
    _refuse(model, learned_from, found, stage)
    weights = list(model.parameters()) if isinstance(model, nn.Module) else []
    place = weights[0].device if weights else "cpu"
    splits = [stage, *(["val"] if found.verify else [])]
    banks = {split: load_bank(images, found, split, size, folders).to(place) for split in splits}
    used = {split: bank.centre(size or bank.shape[-1]) for split, bank in banks.items()}
    bank = used[stage]
    compared = make_part("similarities", similarity) if embeds(model) else None
    was_training = isinstance(model, nn.Module) and model.training
    given = model
    if normalise != "none":
        learned = load_bank(images, found, "train", size, folders) if normalise == "own" else None
        given = behind_statistics(model, learned, bank)
    learner = as_learner(given, bank.pixels[:2].float().div_(255), compared, shot_rule)
    name = getattr(model, "__qualname__", type(model).__qualname__)
    spec = RunSpec(
        images,
        posing,
        stage,
        bank.shape[1],
        Part(name, sha256=fingerprint(model)),
        compared,
        shot_rule=shot_rule,
        normalise=normalise,
    )
    try:
        measured = measure(learner, bank, found, stage, val=used.get("val"))
    finally:
        if was_training:
            model.train()
    facts = machine_facts() | device_facts(bank.device)
    digests = {split: one.digest for split, one in banks.items()}
    return make_record(spec, Outcome(measured, learner, digests, skipped=skipped_in(banks)), facts)


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
    **training: object,
) -> tuple[RunRecord, Learner]:
    """Train one network, measure it, and give both back. `training` are fields of `Training`; `options` are by part.

    `dataset` is by default the protocol's. With `normalise` the images' mean and deviation are the first layer's.
    Nothing is written; `fewshot run` is for results to keep.
    """
    spec = one_cell(
        loss,
        protocol,
        backbone,
        similarity,
        dataset=dataset,
        normalise=normalise,
        size=size,
        stage=stage,
        seed=seed,
        options=options or {},
        training=training,
    )
    check_fit(spec)
    if not has_plugin(spec):
        check_network(spec)
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
    for whose, names in learned_classes(given, protocol).items():
        refuse_learned(names, whose, protocol, stage)
    for module in model.modules() if isinstance(model, nn.Module) else [model]:
        refuse_learned(getattr(module, "learned_from", ()), "this learner", protocol, stage)
