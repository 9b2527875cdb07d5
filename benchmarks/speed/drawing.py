"""Drawing and gathering tasks as float images, against learn2learn, easyfsl and a copy of the same bytes."""

from collections.abc import Iterator
from functools import partial
from itertools import count

import torch
from peers import easyfsl_tasks, learn2learn_tasks
from turns import Contestant, Work, by_turns

import fewshot
from fewshot.core.allocator import keep_memory
from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank
from fewshot.tasks.sampler import TaskSampler, gather

SHAPES = (TaskShape(5, 1, 15), TaskShape(20, 1, 5), TaskShape(60, 5, 5))
OURS = 8  # bulks that we draw in a round, where the peers draw the tasks of one
AT_ONCE = 2**14  # images of the tasks that we draw in one bulk
GATHERED = 2**11  # images that we gather at a time: 6 MB of floats at 28 px
PEERS = {
    "learn2learn": partial(learn2learn_tasks, tuned=False),
    "learn2learn, tuned": partial(learn2learn_tasks, tuned=True),
    "easyfsl": easyfsl_tasks,
}


def omniglot() -> ImageBank:
    """964 characters at 28 px."""
    return fewshot.load_split("omniglot", "lake", "train+val", size=28)


def images_of(shape: TaskShape) -> int:
    """Images of one task."""
    return shape.way * (shape.shot + shape.query)


def bulk(shape: TaskShape) -> int:
    """Tasks that we draw at once."""
    return max(1, AT_ONCE // images_of(shape))


def ours(way: int, shot: int, query: int) -> Work:
    """Bulks of tasks by `TaskSampler`, gathered a few at a time, as a run draws them."""
    keep_memory()
    shape, bank = TaskShape(way, shot, query), omniglot()
    source, many, few, number = TaskSampler(bank, shape), bulk(shape), max(1, GATHERED // images_of(shape)), count()

    def work() -> None:
        for _ in range(OURS):
            begin = next(number) * many
            drawn = source.draw(0, "speed", range(begin, begin + many))
            for first in range(0, many, few):
                gather(bank, drawn[first : first + few])

    return work


def theirs(library: str, way: int, shot: int, query: int) -> Work:
    """One task after the other, as these libraries draw them."""
    shape = TaskShape(way, shot, query)
    tasks: Iterator = PEERS[library](omniglot(), shape)

    def work() -> None:
        for _ in range(bulk(shape)):
            next(tasks)

    return work


def copied(way: int, shot: int, query: int) -> Work:
    """The floats of as many tasks as we gather at a time, copied to memory of their own."""
    keep_memory()
    shape = TaskShape(way, shot, query)
    many, few = bulk(shape), max(1, GATHERED // images_of(shape))
    floats = torch.rand(few, images_of(shape), 28 * 28)

    def work() -> None:
        for _ in range(OURS):
            for _ in range(0, many, few):
                floats.clone()

    return work


def measure(rounds: int) -> dict[str, dict[str, list[float]]]:
    """Seconds a task of every contestant in every round, by kind of task."""
    found = {}
    for shape in SHAPES:
        given, many = (shape.way, shape.shot, shape.query), bulk(shape)
        peers = [Contestant(name, theirs, (name, *given), many) for name in PEERS]
        mine = [Contestant("fewshot", ours, given, OURS * many), Contestant("copy", copied, given, OURS * many)]
        found[f"{shape} {shape.query}-query"] = by_turns([*mine, *peers], rounds)
    return found
