"""`fewshot.evaluate`: a user's own model, measured by a protocol."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TypeGuard

import torch
from torch import nn

from fewshot.core.checks import of_type
from fewshot.core.device import device_facts
from fewshot.core.errors import RequestError, unknown
from fewshot.core.progress import Report, check_progress, followed
from fewshot.core.spec import NORMALISE, STAGES, VERIFICATION, Part, RunSpec
from fewshot.core.types import Images, Learner, Scores, Tasks
from fewshot.data.bank import ImageBank
from fewshot.data.locations import data_folders
from fewshot.data.normalise import IMAGENET, Normalise, statistics_of
from fewshot.evaluation.measure import measure, works
from fewshot.models.learned_from import learned_by
from fewshot.models.learners.siamese import siamese
from fewshot.protocols import asked_parts, learned_classes, refuse_learned
from fewshot.records.facts import machine_facts
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import load, make_part
from fewshot.tasks.class_sizes import check_class_sizes
from fewshot.tasks.images import check_given, load_bank, skipped_in


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
    progress: bool | Report = True,
) -> RunRecord:
    """Measure your model on a protocol's fixed tasks, and return the record.

    `model` is a module from images `[image channel height width]` (0 to 1, ink = 1) to vectors `[image dim]`, compared
    by `similarity`; or a learner; or any function from `Tasks` to scores `[task way query way]`, larger being more
    alike. A module is evaluated where its weights are, with the statistics of its norms frozen, and left as it was.
    With `normalise` it gets images of mean 0 and deviation 1 in each channel, by the pixels of the train split ("own")
    or by ImageNet's ("imagenet").

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
    check_model(model)
    check_progress(progress)
    check_given(size, options, data)
    of_type(str, protocol=protocol, stage=stage, similarity=similarity, shot_rule=shot_rule, normalise=normalise)
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
    banks = {split: load_bank(images, found, split, size, folders).to(place) for split in splits}
    used = {split: bank.centre(size or bank.shape[-1]) for split, bank in banks.items()}
    bank = used[stage]
    compared = make_part("similarities", similarity)
    given = model
    if normalise != "none":
        train = load_bank(images, found, "train", size, folders) if normalise == "own" else None
        given = behind_statistics(model, train, bank)
    own = Part(getattr(model, "__qualname__", type(model).__qualname__), sha256=fingerprint(model))
    spec = RunSpec(
        images,
        posing,
        stage,
        bank.shape[1],
        own,
        compared if embeds(model) else None,
        shot_rule=shot_rule,
        normalise=normalise,
    )
    check_class_sizes(images, found, banks)
    with modes_kept(model):
        learner = as_learner(given, bank.pixels[:2].float().div_(255), compared, shot_rule)
        number = works(learner, found, stage)
        with followed(progress, number, "work") as follow:
            done = count()
            measured = measure(
                learner, bank, found, stage, val=used.get("val"), progress=lambda work: follow(work, next(done))
            )
            follow(VERIFICATION, number)
    facts = machine_facts() | device_facts(bank.device)
    digests = {split: one.digest for split, one in banks.items()}
    left_out = {"skipped": skipped_in(banks), "left_out": bank.left_out}
    return RunRecord(spec, **vars(measured), digests=digests, **left_out, facts=facts)


def check_model(model: object) -> None:
    """Refuse an object that cannot be a model, and a class in place of its object."""
    expected = "model: expected a module from images to vectors, a learner or a function from tasks to scores, got"
    if isinstance(model, type):
        raise RequestError(f"{expected} the class {model.__name__}: an object is made by {model.__name__}(…)")
    if not isinstance(model, nn.Module | Learner) and not callable(model):
        raise RequestError(f"{expected} {model!r}")


@contextmanager
def modes_kept(model: object) -> Iterator[None]:
    """Restore the mode of every module of a model, training or evaluation, at the end of the block."""
    modes = [(part, part.training) for part in model.modules()] if isinstance(model, nn.Module) else []
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def embeds(model: object) -> TypeGuard[nn.Module]:
    """Whether a model is a module from images to vectors."""
    return isinstance(model, nn.Module) and not isinstance(model, Learner)


class Function:
    """A learner of a function from tasks to scores, whose shape is checked."""

    transductive = False

    def __init__(self, function: Callable[[Tasks], Scores]) -> None:
        self.function = function

    def scores(self, tasks: Tasks) -> Scores:
        """Scores of the function."""
        expected = [*tasks.query.shape[:3], tasks.query.shape[1]]
        try:
            found = self.function(tasks)
        except (AttributeError, TypeError) as error:
            message = f"model: expected a function from tasks to scores {expected}, got {type(error).__name__}: {error}"
            raise RequestError(f"{message}; what makes vectors of images is handed over as an nn.Module") from error
        shape = list(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
        if shape != expected:
            raise RequestError(f"expected scores {expected} [task way query way] of a batch of tasks, got {shape}")
        return found


def as_learner(
    model: nn.Module | Learner | Callable[[Tasks], Scores], images: Images, similarity: Part, shot_rule: str
) -> Learner:
    """The learner of a model; a module from images to vectors is put in evaluation mode and tried on `images`."""
    if isinstance(model, Learner):
        return model
    if not isinstance(model, nn.Module):
        return Function(model)
    expected = f"model: expected embeddings [{len(images)} dim] of images {list(images.shape)}, got"
    try:
        with torch.inference_mode():
            embedded = model.eval()(images)
    except RuntimeError as error:
        raise RequestError(f"{expected} {type(error).__name__}: {error}") from error
    if not isinstance(embedded, torch.Tensor) or embedded.ndim != 2 or len(embedded) != len(images):
        shape = list(embedded.shape) if isinstance(embedded, torch.Tensor) else type(embedded).__name__
        raise RequestError(f"{expected} {shape}")
    compare = load("similarities", similarity.name)(tuple(embedded.shape[1:]), **similarity.options)
    return siamese(model, compare.to(images.device), shot_rule)


def behind_statistics(model: object, learned: ImageBank | None, bank: ImageBank) -> nn.Module:
    """A module from images to vectors behind a layer with the statistics of the bank `learned`, else of ImageNet."""
    if not embeds(model):
        raise RequestError(f"normalise: expected a module from images to vectors, got {type(model).__qualname__}")
    if learned is None and bank.shape[0] != 3:
        raise RequestError(f'normalise: expected "own" for images of {bank.shape[0]} channel, got "imagenet", of three')
    statistics = statistics_of(learned) if learned else IMAGENET
    return nn.Sequential(Normalise(statistics).to(bank.device), model)


def fingerprint(model: object) -> str:
    """SHA-256 of a module's weights; empty for other models."""
    if not isinstance(model, nn.Module):
        return ""
    content = hashlib.sha256()
    for name, value in model.state_dict().items():
        content.update(name.encode() + value.detach().cpu().flatten().view(torch.uint8).numpy().tobytes())
    return content.hexdigest()
