"""`World`: the processes that torchrun started, which train each cell together; without torchrun, this one alone."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache

import torch
import torch.distributed as dist
from torch import Tensor, nn

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.types import Batch, Loss, Scalar, TrainableLearner
from fewshot.registry.lookup import find
from fewshot.training.distributed.objective import Joined

LIMIT = timedelta(days=7)  # of a rank's wait while rank 0 evaluates; torchrun notices ranks that die


@dataclass(frozen=True)
class World:
    """`count` processes, of which this is number `rank`; on this machine, number `local` of `here`."""

    rank: int = 0
    count: int = 1
    local: int = 0
    here: int = 1
    store: "dist.Store | None" = field(default=None, repr=False)

    def part(self, numbers: Tensor) -> Tensor:
        """This rank's part of the numbers of a step's tasks: consecutive ones, as many as on every other rank."""
        return numbers.chunk(self.count)[self.rank]

    def objective(self, learner: TrainableLearner, loss: Loss | None) -> Callable[[Batch], Scalar]:
        """The objective of this rank's tasks, with the gradients of all ranks' tasks."""
        if self.count == 1:
            return lambda batch: learner.objective(batch, loss)
        return nn.parallel.DistributedDataParallel(Joined(learner, loss), find_unused_parameters=True)

    def average(self, value: Tensor) -> Tensor:
        """Replace a tensor by its mean over ranks, in place, and return it."""
        if self.count > 1:
            dist.all_reduce(value)
            value /= self.count
        return value

    def same(self, value: object) -> object:
        """Rank 0's value, on all ranks."""
        if self.count == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]

    def device(self, name: str) -> str:
        """The device of this rank: a GPU of its own, or the CPU. Raises `RequestError` if there are too few GPUs."""
        if self.count == 1 or name == "cpu" or not torch.cuda.is_available():
            return name
        if name not in ("auto", "cuda"):
            raise RequestError(f"--device: expected auto, cpu or cuda for {self.count} processes, got {name}")
        if self.here > (gpus := torch.cuda.device_count()):
            got = f"{self.here} processes for {gpus} GPUs"
            raise RequestError(f"expected a GPU for each process, or --device cpu, got {got}")
        return f"cuda:{self.local}"


ALONE = World()


@lru_cache
def started() -> World:
    """The processes that torchrun started, including this one; `ALONE` without torchrun."""
    environ = os.environ
    try:
        if int(environ.get("WORLD_SIZE") or 1) == 1:
            return ALONE
        store, rank, count = next(dist.rendezvous("env://"))
        local, here = int(environ.get("LOCAL_RANK", rank)), int(environ.get("LOCAL_WORLD_SIZE", count))
    except ValueError as error:
        raise RequestError(f"expected the environment of torchrun, WORLD_SIZE and others, got: {error}") from error
    return World(rank, count, local, here, store)


@contextmanager
def _store_errors() -> Iterator[None]:
    try:
        yield
    except dist.DistError as error:
        raise ConnectionError("torchrun's store no longer answers") from error


def write(world: World, key: str, text: str) -> None:
    """Write a text to the store of all ranks. Raises `ConnectionError` when the store is gone."""
    with _store_errors():
        world.store.set(key, text)


def read(world: World, key: str) -> str | None:
    """The text under a key of the store, or None. Raises `ConnectionError` when the store is gone."""
    with _store_errors():
        return world.store.get(key).decode() if world.store.check([key]) else None


def turn_of(world: World, key: str) -> int:
    """1 for the first rank that calls this with a key, 2 for the second. Raises `ConnectionError` as the above do."""
    with _store_errors():
        return world.store.add(key, 1)


def join(world: World, number: int, device: torch.device) -> None:
    """Form a process group of all ranks, the `number`-th of this run."""
    import torch._dynamo  # imported later, by DDP, it would hold a reference to the group, which then outlives `leave`

    if device.type == "cuda":
        torch.cuda.set_device(device)
    dist.init_process_group(
        "nccl" if device.type == "cuda" else "gloo",
        store=dist.PrefixStore(f"group {number}", world.store),
        rank=world.rank,
        world_size=world.count,
        timeout=LIMIT,
    )


def leave(device: torch.device, *, quiet: bool) -> None:
    """Leave the process group, so that ranks that still wait for this one fail; `quiet` if none waits.

    With NCCL and without `quiet` the group stays, as leaving would wait for those ranks.
    """
    if dist.is_initialized() and (quiet or device.type != "cuda"):
        dist.destroy_process_group()


def is_joined() -> bool:
    """Whether this rank is in a process group."""
    return dist.is_initialized()


def check_divided(spec: RunSpec, count: int) -> None:
    """Raise `RequestError` for a spec whose steps cannot be divided over this number of processes."""
    if count == 1 or not spec.training:
        return
    recipe, least = spec.training, count * (2 if spec.training.pairs else 1)
    if recipe.batch % least:
        each = "two pairs for each" if recipe.pairs else "one task for each"
        message = f"batch: expected a multiple of {least}, {each} of {count} processes, got {recipe.batch}"
        raise RequestError(message, "training", "batch")
    if not spec.loss and not find("learners", spec.learner.name).marks.by_task:
        raise RequestError(
            f"learner {spec.learner.name}: expected one process, or by_task in its @learner, for an objective that is "
            f"the mean over tasks, batch norms included; got {count} processes"
        )


def part_of(spec: RunSpec, count: int) -> RunSpec:
    """The spec with steps as small as one of `count` processes computes."""
    recipe = spec.training
    return spec if count == 1 else replace(spec, training=replace(recipe, batch=recipe.batch // count))
