"""One training step of conv4 with the prototypical loss, against the loop that learn2learn and easyfsl users write.

Both start from the same weights and see the same images; `check` proves that they compute the same loss. With channels
last, torch's batch norm on the CPU sums in plain float32, each thread its share of the images: mean and deviation are
off by some thousandths at this size, more the fewer threads there are, so that this layout is allowed more.
"""

from functools import partial
from itertools import cycle

import torch
from drawing import omniglot
from peers import ordinary_loop, plain_conv4, prototypical_loss
from torch import nn
from turns import Contestant, Work, by_turns

from fewshot.core.allocator import keep_memory
from fewshot.core.recipe import PRECISIONS, Recipe, TaskShape
from fewshot.core.types import Loss, Tasks
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.siamese import siamese
from fewshot.models.losses import bind
from fewshot.models.losses.prototypical import prototypical
from fewshot.models.similarities.squared_euclidean import squared_euclidean
from fewshot.tasks.sampler import TaskSampler, gather
from fewshot.training.loop import train
from fewshot.training.precision import mixed

SHAPE = TaskShape(60, 5, 5)
STEPS, DIFFERENT = 5, 3  # in a round; tasks that come in turn
TOLERANCE = {"float32": 1e-5, "float32, channels last": 1e-3, "bfloat16, channels last": 2e-2}


def tasks(device: str) -> list[Tasks]:
    """A few tasks, drawn before."""
    bank = omniglot().to(device)
    return [gather(bank, TaskSampler(bank, SHAPE).draw(0, "speed", [number])) for number in range(DIFFERENT)]


def ours(precision: str, device: str) -> Work:
    """The suite's own loop, channels last, as every suite trains."""
    keep_memory()
    drawn, learner = tasks(device), our_learner(device)
    learner.to(memory_format=torch.channels_last)
    recipe = Recipe(
        task=SHAPE, batch=1, steps=STEPS, select="last", val_every=STEPS, precision=precision, channels_last=True
    )
    return lambda: train(learner, our_loss(), lambda step: drawn[step % DIFFERENT], None, recipe)


def ordinary(device: str, *, keeps: bool = False) -> Work:
    """The ordinary loop; with `keeps` the process keeps memory that it has freed, as ours does."""
    if keeps:
        keep_memory()
    drawn, net = cycle(_in_one(one) for one in tasks(device)), plain_conv4(1).to(device)
    return ordinary_loop(net, drawn, lambda images: prototypical_loss(net, images, SHAPE), STEPS)


def our_learner(device: str) -> siamese:
    """conv4 and squared distances."""
    torch.manual_seed(0)
    return siamese(conv4((1, 28, 28)), squared_euclidean((64, 1, 1)), "mean_embedding").to(device)


def our_loss() -> Loss:
    """The prototypical loss."""
    return bind(prototypical, {}, 64, 1)


def check(device: str) -> dict[str, float]:
    """How far our loss is from the ordinary one on the same weights and images, as a share of it.

    Raises `AssertionError` where it is farther than `TOLERANCE`.
    """
    (one, *_), learner, net = tasks(device), our_learner(device), plain_conv4(1).to(device)
    convolutions = [[layer for layer in of.modules() if isinstance(layer, nn.Conv2d)] for of in (net, learner)]
    for plain, layer in zip(*convolutions, strict=True):
        plain.load_state_dict(layer.state_dict())
    theirs, found = prototypical_loss(net, _in_one(one), SHAPE).item(), {}
    for how, most in TOLERANCE.items():
        learner.to(memory_format=torch.channels_last if "channels last" in how else torch.contiguous_format)
        with mixed(torch.device(device), "bfloat16" if "bfloat16" in how else "float32") as forward, forward:
            value = learner.objective(one, our_loss()).item()
        found[how] = abs(value - theirs) / theirs
        assert found[how] <= most, f"{how}: {value} against {theirs}"
    return found


def _in_one(drawn: Tasks) -> torch.Tensor:
    """The images of one task class by class, supports first."""
    return torch.cat([drawn.support, drawn.query], 2)[0].flatten(0, 1).contiguous()


def measure(rounds: int, device: str) -> dict[str, dict[str, list[float]]]:
    """Seconds a step."""
    contestants = [
        *(Contestant(f"fewshot {precision}", ours, (precision, device), STEPS) for precision in PRECISIONS),
        Contestant("ordinary", ordinary, (device,), STEPS),
        Contestant("ordinary, memory kept", partial(ordinary, keeps=True), (device,), STEPS),
    ]
    return {f"{SHAPE} {SHAPE.query}-query": by_turns(contestants, rounds)}
