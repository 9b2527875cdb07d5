"""From a spec to what it found: the one place where names become objects."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch

from fewshot.bank import ImageBank
from fewshot.contracts import Learner, Loss
from fewshot.device import pick_device
from fewshot.errors import making
from fewshot.evaluation import Measured, evaluate, selection_accuracy, selection_tasks
from fewshot.fit import check_fit
from fewshot.images import check_images, load_banks, skipped_in
from fewshot.lessons import learned_classes, lessons
from fewshot.losses import bind
from fewshot.normalise import IMAGENET, Statistics, normalised, statistics_of
from fewshot.orders import together
from fewshot.pairs import OfPairs
from fewshot.posed import posed
from fewshot.protocols import Protocol
from fewshot.ranks import ALONE, Ranks
from fewshot.registry import load
from fewshot.rng import seeded
from fewshot.spec import RunSpec
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


def run(
    spec: RunSpec,
    *,
    device: str = "auto",
    folders: Sequence[Path] = (),
    checkpoint: Path | None = None,
    due: Callable[[], bool] = lambda: False,
    progress: Progress = lambda what, step: None,
    ranks: Ranks = ALONE,
) -> Outcome:
    """Train if the spec says so, then measure what its protocol measures at its stage.

    At stage "val" the test classes are never decoded. The state in training is saved to `checkpoint` with every row of
    the curve and when `due()`. `progress` hears what goes on and how many steps are done. Of several `ranks`
    this is rank 0: the others train with it, and do nothing else.
    """
    check_fit(spec)
    check_images(spec)
    place = pick_device(device)
    protocol = posed(spec.protocol, spec.dataset, folders)
    progress("images", 0)
    banks = {split: bank.to(place) for split, bank in load_banks(spec, folders).items()}
    measured_on, trained = banks[spec.stage].centre(spec.size), Trained()
    val = banks["val"].centre(spec.size) if "val" in banks else None
    if spec.training:
        chosen_by = val if spec.training.select == "best_val" else None
        bank, kept = banks[spec.training.learn], {"checkpoint": checkpoint, "due": due, "progress": progress}
        with together(ranks, spec, place, folders, bank.digest):
            learner, trained = train_spec(spec, bank, chosen_by, protocol, **kept, ranks=ranks)
        for module in (learner, *learner.children()):  # whoever is measured again says what it knows
            module.learned_from = protocol.learned_from(spec.training.learn)
    else:
        learner = make_learner(spec, measured_on.shape, place)
    done = trained.curve[-1][0] if trained.curve else 0
    measured = evaluate(learner, measured_on, protocol, spec.stage, val=val, progress=lambda what: progress(what, done))
    digests = {split: bank.digest for split, bank in banks.items()}
    return Outcome(measured, learner, digests, trained, skipped_in(banks))


def make_learner(
    spec: RunSpec, shape: tuple[int, int, int], device: torch.device | str = "cpu", own: Statistics | None = None
) -> Learner:
    """The spec's learner with fresh weights for images of this shape; the same seed gives the same on every device.

    `own` are the statistics of the images that it learns from, which a spec with `normalise = "own"` needs.
    """
    make = load("learners", spec.learner.name)
    given = []
    with seeded(spec.seed, "weights"):
        if spec.backbone:
            with making("backbone"):
                given = [load("backbones", spec.backbone.name)(shape, **spec.backbone.options)]
            shape = given[0].shape
            if spec.normalise != "none":
                normalised(given[0], {"own": own, "imagenet": IMAGENET}[spec.normalise])
        if spec.similarity:
            with making("similarity"):
                given += [load("similarities", spec.similarity.name)(shape, **spec.similarity.options), spec.shot_rule]
        with making("learner"):
            learner = make(*given, **spec.learner.options)
    for module in (learner, *given):
        if isinstance(module, torch.nn.Module):
            module.to(device)
    return learner


def make_loss(spec: RunSpec, learner: Learner, classes: int, device: torch.device | str = "cpu") -> Loss | None:
    """The spec's loss for the learner's embeddings and so many training classes; None where the learner has its own."""
    if not spec.loss:
        return None
    with seeded(spec.seed, "loss weights"), making("loss"):
        dim = math.prod(learner.encoder.shape)
        loss = bind(load("losses", spec.loss.name), spec.loss.options, dim, classes).to(device)
    return OfPairs(loss) if spec.training.pairs else loss


def _resumable(*modules: torch.nn.Module | None) -> bool:
    """Whether the state of all parts is in their state dicts: one with more says `resumable = False`."""
    return all(getattr(part, "resumable", True) for module in modules if module for part in module.modules())


def train_spec(
    spec: RunSpec,
    bank: ImageBank,
    val: ImageBank | None = None,
    protocol: Protocol | None = None,
    *,
    checkpoint: Path | None = None,
    due: Callable[[], bool] = lambda: False,
    progress: Progress = lambda what, step: None,
    ranks: Ranks = ALONE,
) -> tuple[Learner, Trained]:
    """A spec's learner, trained on a bank; `best_val` chooses by the `val` tasks of a protocol."""
    recipe = spec.training
    layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
    own = statistics_of(bank) if spec.normalise == "own" else None
    shape = (bank.shape[0], spec.size, spec.size)
    learner = make_learner(spec, shape, bank.device, own).to(memory_format=layout)
    loss = make_loss(spec, learner, learned_classes(bank, recipe), bank.device)
    chosen_by = selection_tasks(val, protocol) if val else None
    trained = train(
        learner,
        loss,
        lessons(bank, recipe, spec.seed, spec.size, ranks.part),
        (lambda: selection_accuracy(learner, val, chosen_by)) if val else None,
        recipe,
        seed=spec.seed,
        checkpoint=checkpoint if _resumable(learner, loss) else None,
        due=due,
        progress=lambda step, trained: progress("training", step),
        ranks=ranks,
    )
    return learner, trained
