"""From a spec to what it found: the one place where names become objects."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from fewshot.bank import ImageBank
from fewshot.bank_cache import by_authors
from fewshot.contracts import Learner, Loss
from fewshot.device import pick_device
from fewshot.errors import RequestError
from fewshot.evaluation import Measured, evaluate, selection_accuracy, selection_tasks
from fewshot.fit import check_fit
from fewshot.lessons import learned_classes, lessons
from fewshot.losses import bind
from fewshot.pairs import OfPairs
from fewshot.protocols import Protocol, load_protocol
from fewshot.registry import load
from fewshot.rng import random_bits, seeded
from fewshot.spec import Part, RunSpec
from fewshot.training import Trained, train

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Outcome:
    """What a run measured, the learner, digests of its images, how it was trained, and damaged images left out."""

    measured: Measured
    learner: Learner
    digests: dict[str, str]
    trained: Trained = field(default_factory=Trained)
    skipped: dict[str, int] = field(default_factory=dict)  # where there are any


def load_bank(
    dataset: Part,
    protocol: Protocol,
    split: str,
    size: int | None,
    folders: Sequence[Path],
    *,
    shuffled: int | None = None,
) -> ImageBank:
    """The images of a split ("train", "train+val", …) of a protocol.

    With `shuffled`, a seed, every image stands under the label of another drawn at random.
    """
    bank = load("datasets", dataset.name)(protocol.learned_from(split), size, folders, **dataset.options)
    if not isinstance(bank, ImageBank):
        raise RequestError(f"data set {dataset.name}: expected an ImageBank, got {type(bank).__name__}")
    if allowed := protocol.authors_in(split):
        bank = by_authors(bank, allowed)
    if shuffled is None:
        return bank
    order = random_bits(shuffled, "shuffled labels", torch.zeros(1, dtype=torch.int64), len(bank))[0].argsort()
    return replace(bank, pixels=bank.pixels[order])


def run(
    spec: RunSpec,
    *,
    device: str = "auto",
    folders: Sequence[Path] = (),
    checkpoint: Path | None = None,
    due: Callable[[], bool] = lambda: False,
    progress: Progress = lambda what, step: None,
) -> Outcome:
    """Train if the spec says so, then measure what its protocol measures at its stage.

    At stage "val" the test classes are never decoded. The state in training is saved to `checkpoint` with every row of
    the curve and when `due()`. `progress` hears what goes on and how many steps are done.
    """
    check_fit(spec)
    place = pick_device(device)
    protocol = load_protocol(spec.protocol.name)
    progress("images", 0)
    banks = {split: bank.to(place) for split, bank in load_banks(spec, folders).items()}
    measured_on, trained = banks[spec.stage], Trained()
    if spec.training:
        val = banks["val"] if spec.training.select == "best_val" else None
        learner, trained = _train(
            spec, banks[spec.training.learn], val, protocol, checkpoint=checkpoint, due=due, progress=progress
        )
        for module in (learner, *learner.children()):  # whoever is measured again says what it knows
            module.learned_from = protocol.learned_from(spec.training.learn)
    else:
        learner = make_learner(spec, measured_on.shape, place)
    done = trained.curve[-1][0] if trained.curve else 0
    measured = evaluate(
        learner, measured_on, protocol, spec.stage, val=banks.get("val"), progress=lambda what: progress(what, done)
    )
    digests = {split: bank.digest for split, bank in banks.items()}
    return Outcome(measured, learner, digests, trained, skipped_in(banks))


def skipped_in(banks: Mapping[str, ImageBank]) -> dict[str, int]:
    """How many damaged images were left out of each split, where any were."""
    return {split: bank.skipped for split, bank in banks.items() if bank.skipped}


def load_banks(spec: RunSpec, folders: Sequence[Path]) -> dict[str, ImageBank]:
    """The images that a spec needs, by split: what it is measured on, learned from and chosen by."""
    protocol = load_protocol(spec.protocol.name)
    splits = [spec.stage, *(["val"] if protocol.verify else [])]
    if spec.training:
        splits += [spec.training.learn, *(["val"] if spec.training.select == "best_val" else [])]
    shuffled = spec.seed if spec.shuffled_labels else None
    return {
        split: load_bank(spec.dataset, protocol, split, spec.size, folders, shuffled=shuffled)
        for split in dict.fromkeys(splits)
    }


def image_shape(spec: RunSpec) -> tuple[int, int, int]:
    """The shape of a spec's images, as it is known without them: grey, unless the data set says `channels`."""
    return getattr(load("datasets", spec.dataset.name), "channels", 1), spec.size, spec.size


def make_learner(spec: RunSpec, shape: tuple[int, int, int], device: torch.device | str = "cpu") -> Learner:
    """The spec's learner with fresh weights for images of this shape; the same seed gives the same on every device."""
    make = load("learners", spec.learner.name)
    given = []
    with seeded(spec.seed, "weights"):
        if spec.backbone:
            given = [load("backbones", spec.backbone.name)(shape, **spec.backbone.options)]
            shape = given[0].shape
        if spec.similarity:
            given += [load("similarities", spec.similarity.name)(shape, **spec.similarity.options), spec.shot_rule]
        learner = make(*given, **spec.learner.options)
    for module in (learner, *given):
        if isinstance(module, torch.nn.Module):
            module.to(device)
    return learner


def make_loss(spec: RunSpec, learner: Learner, classes: int, device: torch.device | str = "cpu") -> Loss | None:
    """The spec's loss for the learner's embeddings and so many training classes; None where the learner has its own."""
    if not spec.loss:
        return None
    with seeded(spec.seed, "loss weights"):
        dim = math.prod(learner.encoder.shape)
        loss = bind(load("losses", spec.loss.name), spec.loss.options, dim, classes).to(device)
    return OfPairs(loss) if spec.training.pairs else loss


def _resumable(*modules: torch.nn.Module | None) -> bool:
    """Whether the state of all parts is in their state dicts: one with more says `resumable = False`."""
    return all(getattr(part, "resumable", True) for module in modules if module for part in module.modules())


def _train(
    spec: RunSpec,
    bank: ImageBank,
    val: ImageBank | None,
    protocol: Protocol,
    *,
    checkpoint: Path | None,
    due: Callable[[], bool],
    progress: Progress,
) -> tuple[Learner, Trained]:
    recipe = spec.training
    layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
    learner = make_learner(spec, bank.shape, bank.device).to(memory_format=layout)
    loss = make_loss(spec, learner, learned_classes(bank, recipe), bank.device)
    chosen_by = selection_tasks(val, protocol) if val else None
    trained = train(
        learner,
        loss,
        lessons(bank, recipe, spec.seed),
        (lambda: selection_accuracy(learner, val, chosen_by)) if val else None,
        recipe,
        seed=spec.seed,
        checkpoint=checkpoint if _resumable(learner, loss) else None,
        due=due,
        progress=lambda step, trained: progress("training", step),
    )
    return learner, trained
