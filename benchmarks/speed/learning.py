"""Whole training steps, from drawing tasks to new weights, as in two suites, beside learn2learn's tasks on the device.

conv4 as in `omniglot-vinyals`, with each of its losses, beside the prototypical loss in the ordinary loop on
learn2learn's tasks of as many images; and Koch's network at 105 px on a list of 90,000 pairs, beside the same network
in the same loop on pairs of learn2learn's images. None distorts images, and all images are on the device before.
learn2learn has the data set that we tuned for it: with its own, on a GPU, it would wait for every label.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from peers import learn2learn_tasks, ordinary_loop, plain_conv4, prototypical_loss
from torch import Tensor, nn
from turns import Contestant, Work, by_turns

import fewshot
from fewshot.core.allocator import keep_memory
from fewshot.core.recipe import PRECISIONS, TaskShape
from fewshot.core.spec.run_spec import RunSpec
from fewshot.models.backbones.koch import koch
from fewshot.registry.resolved import Resolved
from fewshot.suites.cells.build import one_cell
from fewshot.training.batches import batches, class_count
from fewshot.training.build import make_learner, make_loss
from fewshot.training.distributed.processes import ALONE
from fewshot.training.loop import take_step
from fewshot.training.state import TrainingState

STEPS = {"cpu": 10, "cuda": 100}  # in a round
SHAPE = TaskShape(60, 1, 5)
PAIRS, PAIRS_A_STEP = 90_000, {"cpu": 8, "cuda": 128}


def ours(protocol: str, loss: str, precision: str, device: str) -> Work:
    """The steps of a cell of `omniglot-vinyals` or `koch2015`."""
    kind, training = KINDS[protocol], KINDS[protocol].lesson(device) | {"precision": precision}
    cell = {"size": kind.size, "stage": "val", "seed": 0, "options": {}, "training": training}
    return whole_steps(one_cell(loss, protocol, kind.backbone, None, **cell), omniglot(protocol, device), device)


def whole_steps(spec: RunSpec, bank: fewshot.ImageBank, device: str) -> Work:
    """A call takes the next `STEPS` steps of a spec's training, without what is looked at now and then."""
    keep_memory()
    learner = make_learner(Resolved(spec), bank.shape, device).to(memory_format=torch.channels_last)
    loss = make_loss(Resolved(spec), learner, class_count(bank, spec.training), device)
    state, tasks = TrainingState(learner, loss, spec.training), batches(bank, spec.training, 0)

    def work() -> None:
        for _ in range(STEPS[device]):
            take_step(state, ALONE.objective(learner, loss), tasks, spec.training, 0)
        state.is_finite()  # waits for a GPU

    return work


def prototypical_networks(device: str) -> Work:
    """learn2learn's tasks, and the loop of its example."""
    net = plain_conv4(1).to(device)
    images = _images("vinyals", SHAPE, device)
    return ordinary_loop(net, images, lambda images: prototypical_loss(net, images, SHAPE), STEPS[device])


def siamese_network(device: str) -> Work:
    """Pairs of learn2learn's images, every other one of one class and the rest of two, in the same loop."""
    pairs, kind = PAIRS_A_STEP[device], KINDS["koch"]
    net = koch((1, kind.size, kind.size)).to(device)
    head = nn.Linear(*net.shape, 1).to(device)
    same = (torch.arange(pairs, device=device) % 2).float()

    def loss(images: Tensor) -> Tensor:
        left, right = net(images).unflatten(0, (pairs, 2)).unbind(1)
        right = torch.where(same[:, None] > 0, right, right.roll(2, 0))
        return nn.functional.binary_cross_entropy_with_logits(head((left - right).abs())[:, 0], same)

    return ordinary_loop(
        nn.ModuleList([net, head]), _images("koch", TaskShape(pairs, 1, 1), device), loss, STEPS[device]
    )


@dataclass(frozen=True)
class Kind:
    """What is learned by a protocol: the network, its images' size, what a step learns from, losses and the peer."""

    backbone: str
    size: int
    lesson: Callable[[str], dict]
    losses: tuple[str, ...]
    peer: Callable[[str], Work]


KINDS = {
    "vinyals": Kind(
        "conv4",
        28,
        lambda device: {"task": {"way": SHAPE.way, "shot": SHAPE.shot, "query": SHAPE.query}, "batch": 1},
        ("prototypical", "verification", "contrastive", "triplet"),
        prototypical_networks,
    ),
    "koch": Kind(
        "koch",
        105,
        lambda device: {"pairs": PAIRS, "batch": PAIRS_A_STEP[device], "other_authors": True},
        ("verification",),
        siamese_network,
    ),
}


def omniglot(protocol: str, device: str) -> fewshot.ImageBank:
    """What a suite learns from."""
    return fewshot.load_split("omniglot", protocol, "train", size=KINDS[protocol].size).to(device)


def _images(protocol: str, shape: TaskShape, device: str) -> Iterator[Tensor]:
    return (images for images, _ in learn2learn_tasks(omniglot(protocol, device), shape, tuned=True))


def measure(rounds: int, device: str) -> dict[str, dict[str, list[float]]]:
    """Seconds a step."""
    steps, found = STEPS[device], {}
    lesson = {"vinyals": f"{SHAPE} {SHAPE.query}-query", "koch": f"{PAIRS_A_STEP[device]} of {PAIRS:,} pairs"}
    for protocol, kind in KINDS.items():
        mine = [
            Contestant(f"fewshot {loss} {precision}", ours, (protocol, loss, precision, device), steps)
            for loss in kind.losses
            for precision in PRECISIONS
        ]
        peer = Contestant(f"ordinary {kind.losses[0]}, learn2learn's tasks", kind.peer, (device,), steps)
        found[f"{kind.backbone}, {kind.size} px, {lesson[protocol]}"] = by_turns([*mine, peer], rounds)
    return found
