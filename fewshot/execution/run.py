"""One spec, trained and measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import torch

from fewshot.core.checks import sides
from fewshot.core.device import pick_device
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.operating_points import Chosen
from fewshot.core.types import Learner
from fewshot.data.bank import ImageBank
from fewshot.data.normalise import statistics_of
from fewshot.evaluation.measure import Measured, measure, selection_accuracy, selection_tasks
from fewshot.evaluation.operating_points import choose_on_val
from fewshot.evaluation.pitfalls.measure import with_mistakes
from fewshot.evaluation.shortcuts import shortcut_fact
from fewshot.execution.context import Context
from fewshot.models.digits import offset_fact
from fewshot.models.learned_from import keep_learned, learned_by
from fewshot.protocols import Protocol
from fewshot.registry.resolved import Resolved
from fewshot.tasks.fixed import can_pair
from fewshot.tasks.images import chooses_on_val, damaged_in, load_bank, load_banks, skipped_in
from fewshot.training.batches import batches, class_count
from fewshot.training.build import make_learner, make_loss
from fewshot.training.checkpoint import Checkpoint
from fewshot.training.distributed.coordinator import together
from fewshot.training.distributed.processes import ALONE, World
from fewshot.training.looks import chance_loss
from fewshot.training.loop import train
from fewshot.training.meter import Row
from fewshot.training.state import Trained
from fewshot.verification.members import ensemble_of


@dataclass(frozen=True)
class Outcome:
    """Measurements of a run, its learner, digests of its images, its training, and counts of images left out."""

    measured: Measured
    learner: Learner
    digests: dict[str, str]
    trained: Trained = field(default_factory=Trained)
    skipped: dict[str, int] = field(default_factory=dict)  # damaged images by split, where there are any
    left_out: dict[str, int] = field(default_factory=dict)  # classes that are too small, and their images
    damaged: dict[str, list[str]] = field(default_factory=dict)  # files of the first damaged images, by split
    noted: dict[str, object] = field(default_factory=dict)  # an offset of embeddings, shortcuts in the images
    chosen: Chosen = field(default_factory=Chosen)  # on val, by this network


def run(
    parts: Resolved,
    context: Context,
    checkpoint: Checkpoint | None = None,
    of_member: Callable[[RunSpec], Checkpoint] = lambda _: Checkpoint(),
) -> Outcome:
    """Train the learner, if the spec has a training, and measure it by its protocol at its stage.

    At stage "val" the test classes are never decoded. A training resumes from its checkpoint. The members of an
    ensemble whose networks the results folder lacks are trained here, each with the checkpoint `of_member`.
    """
    spec, progress = parts.spec, partial(context.progress, parts.spec)
    progress("images", 0)
    protocol, banks = load_banks(parts, context.folders)
    place = pick_device(context.device)
    banks = {split: bank.to(place) for split, bank in banks.items()}
    measured_on = banks[spec.stage].centre(spec.size)
    val = banks["val"].centre(spec.size) if "val" in banks else None
    if not spec.training:
        learner, trained = make_learner(parts, measured_on.shape, place), Trained()
    else:
        chosen_by = val if spec.training.select == "best_val" else None
        fit = partial(_trained, banks[spec.training.learn], chosen_by, protocol, context, spec)
        if spec.members:
            members = ensemble_of(spec, context.results, lambda one: fit(Resolved(one), of_member(one))[0])
            learner, trained = members.to(place), Trained()
        else:
            learner, trained = fit(parts, checkpoint)
    done = trained.curve[-1][0] if trained.curve else 0
    digests = {split: bank.digest for split, bank in banks.items()} | (protocol.lists.digests if protocol.lists else {})
    chosen = Chosen()
    if chooses_on_val(spec, protocol) and can_pair(val, protocol, "val"):
        progress("operating points", done)
        chosen = choose_on_val(learner, val, protocol)
        trained = _with_val(trained, lambda: selection_accuracy(learner, val, selection_tasks(val, protocol)))
    measured = measure(
        learner,
        measured_on,
        protocol,
        spec.stage,
        val=val,
        rule=chosen.rule,
        progress=lambda work: progress(work, done),
    )
    if spec.pitfalls:
        measured = with_mistakes(
            measured,
            spec.pitfalls,
            learner,
            measured_on,
            protocol,
            original=lambda: load_bank(spec.dataset, protocol, spec.stage, None, context.folders).to(place),
            progress=lambda work: progress(work, done),
        )
    left_out = skipped_in(banks), measured_on.left_out, damaged_in(banks)
    noted = offset_fact(learner, measured_on.pixels) | shortcut_fact(spec.stage, measured_on)
    return Outcome(measured, learner, digests, trained, *left_out, noted, chosen)


def _trained(
    bank: ImageBank,
    val: ImageBank | None,
    protocol: Protocol,
    context: Context,
    shown: RunSpec,
    parts: Resolved,
    checkpoint: Checkpoint | None,
) -> tuple[Learner, Trained]:
    """The learner of a spec trained on a bank, and the training, whose progress is that of the run `shown`."""
    spec, of = parts.spec, {"progress": partial(context.progress, shown), "log": partial(context.rows, parts.spec)}
    if checkpoint:
        checkpoint.images = " ".join(one.digest for one in (bank, val) if one)
    with together(context.world, spec, bank.device, context.folders, bank.digest):
        learner, trained = train_parts(parts, bank, val, protocol, checkpoint=checkpoint, **of, world=context.world)
    before = learned_by(learner)  # of a backbone handed over with its weights
    keep_learned(learner, tuple(dict.fromkeys((*before, *protocol.learned_from(spec.training.learn)))))
    return learner, trained


def _with_val(trained: Trained, accuracy: Callable[[], float]) -> Trained:
    """A training whose curve ends with an accuracy on val, so that networks can be chosen by it."""
    if not trained.curve or trained.curve[-1][2] is not None:
        return trained
    return replace(trained, curve=[*trained.curve[:-1], (*trained.curve[-1][:2], accuracy())])


def train_parts(
    parts: Resolved,
    bank: ImageBank,
    val: ImageBank | None = None,
    protocol: Protocol | None = None,
    *,
    checkpoint: Checkpoint | None = None,
    progress: Callable[[str, int], None] = lambda work, step: None,
    log: Callable[[Sequence[Row]], None] = lambda rows: None,
    world: World = ALONE,
) -> tuple[Learner, Trained]:
    """A spec's learner trained on a bank, and the curve; `best_val` selects on the protocol's tasks from `val`."""
    spec, recipe = parts.spec, parts.spec.training
    layout = torch.channels_last if recipe.channels_last else torch.contiguous_format
    own = statistics_of(bank) if spec.normalise == "own" else None
    shape = (bank.shape[0], *sides(spec.size))
    learner = make_learner(parts, shape, bank.device, own).to(memory_format=layout)
    loss = make_loss(parts, learner, class_count(bank, recipe), bank.device)
    chosen_by = selection_tasks(val, protocol) if val else None
    chance = chance_loss(learner, loss, recipe)
    trained = train(
        learner,
        loss,
        batches(bank, recipe, spec.seed, spec.size, world.part),
        (lambda: selection_accuracy(learner, val, chosen_by)) if val else None,
        recipe,
        seed=spec.seed,
        checkpoint=checkpoint,
        progress=lambda step, trained: progress("training", step),
        log=log,
        world=world,
    )
    return learner, replace(trained, chance=chance)
