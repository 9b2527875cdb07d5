"""Whole training steps, from drawing tasks to new weights, of two suites, against learn2learn on the same device.

`omniglot-vinyals` with each of its losses, against learn2learn's tasks of as many images and the prototypical loss; and
Koch's network at 105 px on a list of 90,000 pairs, against pairs of learn2learn's images in the same network. None
distorts images, which learn2learn cannot do in bulk, and all images are on the device before.
"""

from collections.abc import Callable, Iterator
from itertools import count

import torch
from peers import learn2learn_tasks, plain_conv4, prototypical_loss
from torch import Tensor, nn
from turns import Contestant, Work, by_turns

import fewshot
from fewshot.backbones.koch import koch
from fewshot.cells import one_cell
from fewshot.lessons import learned_classes, lessons
from fewshot.memory import keep_memory
from fewshot.run import make_learner, make_loss
from fewshot.spec import TaskShape
from fewshot.training import train

LOSSES = ("prototypical", "verification", "contrastive", "triplet")
SHAPE = TaskShape(60, 1, 5)
PAIRS = 90_000
SIZE = {"vinyals": 28, "koch": 105}
STEPS = {"cpu": 3, "cuda": 100}  # in a round
AT_ONCE = {"cpu": 8, "cuda": 128}  # pairs in a step
PRECISIONS = ("float32", "bfloat16")


def ours(protocol: str, loss: str, precision: str, device: str) -> Work:
    """The suite's own loop, a call going on from the step of the last; channels last, as every suite trains."""
    keep_memory()
    lesson = {"task": {"way": SHAPE.way, "shot": SHAPE.shot, "query": SHAPE.query}, "batch": 1}
    if protocol == "koch":
        lesson = {"pairs": PAIRS, "batch": AT_ONCE[device], "other_authors": True}
    steps = {"steps": STEPS[device], "val_every": STEPS[device], "select": "last"}
    cell = {"size": SIZE[protocol], "stage": "val", "seed": 0, "options": {}}
    network = {"vinyals": "conv4", "koch": "koch"}[protocol]
    spec = one_cell(loss, protocol, network, None, training=lesson | steps | {"precision": precision}, **cell)
    bank = omniglot(protocol, device)
    learner = make_learner(spec, bank.shape, device).to(memory_format=torch.channels_last)
    objective = make_loss(spec, learner, learned_classes(bank, spec.training), device)
    tasks, step = lessons(bank, spec.training, 0), count()
    return lambda: train(learner, objective, lambda _: tasks(next(step)), None, spec.training)


def prototypical_networks(device: str) -> Work:
    """learn2learn's tasks, and the loop of its example: contiguous float32, eager, Adam."""
    tasks, net = learn2learn_tasks(omniglot("vinyals", device), SHAPE, tuned=False), plain_conv4(1).to(device)
    return _loop(net, tasks, lambda images: prototypical_loss(net, images, SHAPE), STEPS[device])


def siamese_network(device: str) -> Work:
    """Pairs of learn2learn's images, half of one class and half of two, in the same loop."""
    bank, pairs = omniglot("koch", device), AT_ONCE[device]
    tasks, net = learn2learn_tasks(bank, TaskShape(pairs, 1, 1), tuned=False), koch(bank.shape).to(device)
    head = nn.Linear(*net.shape, 1).to(device)
    same = (torch.arange(pairs, device=device) % 2).float()

    def loss(images: Tensor) -> Tensor:
        left, right = net(images).unflatten(0, (pairs, 2)).unbind(1)
        right = torch.where(same[:, None] > 0, right, right.roll(2, 0))
        return nn.functional.binary_cross_entropy_with_logits(head((left - right).abs())[:, 0], same)

    return _loop(nn.ModuleList([net, head]), tasks, loss, STEPS[device])


def omniglot(protocol: str, device: str) -> fewshot.ImageBank:
    """What a suite learns from."""
    return fewshot.load("omniglot", protocol, "train", size=SIZE[protocol]).to(device)


def _loop(
    net: nn.Module, tasks: Iterator[tuple[Tensor, Tensor]], loss_of: Callable[[Tensor], Tensor], steps: int
) -> Work:
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def work() -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            loss = loss_of(next(tasks)[0])
            loss.backward()
            optimiser.step()
        loss.item()

    return work


def measure(rounds: int, device: str) -> dict[str, dict[str, list[float]]]:
    """Seconds a step."""
    steps, found = STEPS[device], {}
    for what, protocol, losses, peer in (
        (f"conv4, 28 px, {SHAPE} {SHAPE.query}-query", "vinyals", LOSSES, prototypical_networks),
        (f"koch, 105 px, {AT_ONCE[device]} of {PAIRS:,} pairs", "koch", LOSSES[1:2], siamese_network),
    ):
        mine = [
            Contestant(f"fewshot {loss} {precision}", ours, (protocol, loss, precision, device), steps)
            for loss in losses
            for precision in PRECISIONS
        ]
        found[what] = by_turns([*mine, Contestant(f"learn2learn {losses[0]}", peer, (device,), steps)], rounds)
    return found
