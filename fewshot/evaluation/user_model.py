"""`fewshot.evaluate`: a user's own model, measured by a protocol."""

import hashlib
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fewshot.core.checks import of_type, size_of
from fewshot.core.device import check_defaults, device_facts
from fewshot.core.errors import RequestError, unknown
from fewshot.core.part_code import no_exit
from fewshot.core.progress import Report, check_progress, followed
from fewshot.core.spec.names import NORMALISE, STAGES, VERIFICATION
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.core.types import Learner, Scores, Tasks
from fewshot.data.bank import ImageBank
from fewshot.data.locations import data_folders
from fewshot.data.normalise import IMAGENET, Normalise, statistics_of
from fewshot.evaluation.measure import measure, works
from fewshot.evaluation.model_trial import some_images
from fewshot.evaluation.user_learner import as_learner, check_model, comparison, embeds, modes_kept
from fewshot.models.digits import offset_fact
from fewshot.models.learned_from import learned_by, weights_of
from fewshot.protocols import asked_parts, learned_classes, refuse_learned
from fewshot.records.facts import machine_facts
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import make_part
from fewshot.tasks.class_sizes import check_class_sizes
from fewshot.tasks.fixed import evaluation_tasks, verification_pairs
from fewshot.tasks.images import damaged_in, given_size, load_bank, skipped_in
from fewshot.tasks.sampler import gather


def evaluate(
    model: nn.Module | Learner | Callable[[Tasks], Scores],
    protocol: str = "lake",
    *,
    dataset: str | None = None,
    stage: str = "test",
    size: int | Sequence[int] | None = None,
    similarity: str | None = None,
    shot_rule: str | None = None,
    normalise: str = "none",
    learned_from: str | Sequence[str] = (),
    options: dict[str, dict] | None = None,
    data: Path | str | None = None,
    progress: bool | Report = True,
) -> RunRecord:
    """Measure your model on a protocol's fixed tasks, and return the record.

    `model` is a module from images `[image channel height width]` (0 to 1, ink = 1) to vectors `[image dim]`, compared
    by `similarity` ("euclidean") and `shot_rule` ("mean_score"); or a learner; or any function from `Tasks` to scores
    `[task way query way]`, larger being more alike. These are given neither, as they compare by their own. A module is
    evaluated where its weights are, with the statistics of its norms frozen, and left as it was.
    With `normalise` it gets images of mean 0 and deviation 1 in each channel, by the pixels of the train split ("own")
    or by ImageNet's ("imagenet"). A trial on a few images comes first: embeddings and scores must be finite, the same
    at every call, and independent of other images, but for scores of a learner or function with `transductive = True`.

    `dataset` and `options`, by part, are as in `load_split`; by default the data set is the protocol's.
    `learned_from` lists classes that the model has learned from, or protocols whose train and val classes it has; a
    learner from `train` holds its own list. Raises `RequestError` when one of them is measured.

    `progress` is a bar in a terminal or a notebook, or a function of your own: it is called with the work at hand, how
    much is done, and how much there is in all. A record prints as its accuracies with 95 % intervals.

    >>> import fewshot
    >>> from torch import nn
    >>> print(fewshot.evaluate(nn.Flatten(), "scripts", stage="val", size=12))
    20-way 1-shot 5... ± ... (n = 300)
    """
    check_defaults()
    check_model(model)
    check_progress(progress)
    own_size = given_size(size, options, data)
    compares, rule = comparison(model, similarity, shot_rule)
    of_type(str, protocol=protocol, stage=stage, normalise=normalise)
    of_type(str | None, dataset=dataset)
    for name, value, known in (("stage", stage, STAGES), ("normalise", normalise, NORMALISE)):
        if value not in known:
            raise unknown(name, value, known)
    folders = data_folders(data)
    posing, images, found = asked_parts(protocol, dataset, options, folders)
    learned = learned_classes(learned_from, found) | {"this learner": learned_by(model)}
    for whose, names in learned.items():
        refuse_learned(names, whose, found, stage)
    weights = list(model.parameters()) if isinstance(model, nn.Module) else []
    place = weights[0].device if weights else "cpu"
    splits = [stage, *(["val"] if found.verify else [])]
    banks = {split: load_bank(images, found, split, own_size, folders).to(place) for split in splits}
    used = {split: bank.centre(own_size or size_of(bank.shape[1:])) for split, bank in banks.items()}
    bank = used[stage]
    compared = make_part("similarities", compares)
    given = model
    if normalise != "none":
        train = load_bank(images, found, "train", own_size, folders) if normalise == "own" else None
        given = behind_statistics(model, train, bank)
    own = Part(getattr(model, "__qualname__", type(model).__qualname__), sha256=fingerprint(model))
    spec = RunSpec(
        images,
        posing,
        stage,
        size_of(bank.shape[1:]),
        own,
        compared if embeds(model) else None,
        shot_rule=rule,
        normalise=normalise,
    )
    check_class_sizes(images, found, banks)
    with modes_kept(model), no_exit():
        few = some_images(bank.pixels).float().div_(255)
        posed = getattr(found, stage)
        tasks = evaluation_tasks(bank, posed[0], found) if posed else verification_pairs(bank, found, stage).alone(bank)
        drawn = tasks[:2]
        learner = as_learner(given, few, gather(bank, drawn), compared, rule)
        number = works(learner, found, stage)
        with followed(progress, number, "work") as follow:
            done = count()
            measured = measure(
                learner, bank, found, stage, val=used.get("val"), progress=lambda work: follow(work, next(done))
            )
            follow(VERIFICATION, number)
        offset = offset_fact(learner, bank.pixels)
    facts = machine_facts() | device_facts(bank.device) | offset
    digests = {split: one.digest for split, one in banks.items()} | (found.lists.digests if found.lists else {})
    left_out = {"skipped": skipped_in(banks), "left_out": bank.left_out, "damaged": damaged_in(banks)}
    return RunRecord(spec, **vars(measured), digests=digests, **left_out, facts=facts)


def behind_statistics(model: object, learned: ImageBank | None, bank: ImageBank) -> nn.Module:
    """A module from images to vectors behind a layer with the statistics of the bank `learned`, else of ImageNet."""
    if not embeds(model):
        raise RequestError(f"normalise: expected a module from images to vectors, got {type(model).__qualname__}")
    if learned is None and bank.shape[0] != 3:
        raise RequestError(f'normalise: expected "own" for images of {bank.shape[0]} channel, got "imagenet", of three')
    statistics = statistics_of(learned) if learned else IMAGENET
    return nn.Sequential(Normalise(statistics).to(bank.device), model)


def _bytes_of(value: Any) -> bytes:
    """The content of a tensor, or the text of what else a module keeps in its state."""
    if not isinstance(value, Tensor) or value.is_quantized or value.layout != torch.strided:
        return repr(value).encode()
    return value.detach().cpu().flatten().view(torch.uint8).numpy().tobytes()


def fingerprint(model: object) -> str:
    """SHA-256 of a module's structure and weights; empty for other models."""
    if not isinstance(model, nn.Module):
        return ""
    content = hashlib.sha256(repr(model).encode())
    for name, value in weights_of(model).items():
        content.update(name.encode() + _bytes_of(value))
    return content.hexdigest()
