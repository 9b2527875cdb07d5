"""The time of a training step on this machine, measured on made-up images, and the memory that it takes."""

import math
import sys
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

import torch

from fewshot.core.checks import sides
from fewshot.core.device import pick_device, threads
from fewshot.core.errors import RequestError
from fewshot.core.part_code import no_exit
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.types import Batch, Pairs, Tasks
from fewshot.data.normalise import made_up
from fewshot.execution.context import Context
from fewshot.protocols import protocol_of
from fewshot.records.faults import own_fault
from fewshot.registry.resolved import Resolved
from fewshot.tasks.augment import augment, distortions
from fewshot.tasks.images import image_shape, stored_size
from fewshot.training.batches import turned
from fewshot.training.build import make_learner, make_loss
from fewshot.training.distributed.processes import part_of
from fewshot.training.loop import take_step
from fewshot.training.state import TrainingState
from fewshot.verification.members import to_train

STEPS, LONGEST = 6, 3.0  # the first step warms up; after so many seconds fewer steps do
MOST = 2**19  # pixels of the images in a step that is measured: of more, a part of the tasks
GIB = 2**30


def training_seconds(
    specs: Sequence[RunSpec], context: Context, number: int | None = None
) -> tuple[dict[str, float], list[float]]:
    """Seconds of the training of each spec, by id, and of each different kind of step, on `number` threads.

    A step that cannot be measured counts as 0; the run itself reports the error.
    """
    measured: dict[str, float] = {}
    ahead, trained = {spec.id for spec in specs}, {}
    kept = ahead if context.weights else set()  # whose networks will be there
    for spec in specs:
        trained[spec.id] = [one for one in to_train(spec, context.results) if one is spec or one.id not in kept]
    for spec in [one for each in trained.values() for one in each]:
        if (kind := _kind(spec)) not in measured:
            part = part_of(spec, context.world.count)
            try:
                with no_exit(), threads(number):
                    measured[kind] = step_seconds(part, context.device, context.folders)
            except Exception as error:
                if not (isinstance(error, RequestError) or own_fault(error, spec)):
                    raise
                measured[kind] = 0.0
    each = {name: sum(measured[_kind(one)] * one.training.steps for one in runs) for name, runs in trained.items()}
    return each, list(measured.values())


def step_seconds(spec: RunSpec, device: str = "auto", folders: Sequence[Path] = ()) -> float:
    """Seconds of one training step of a spec on this machine, without drawing tasks and evaluation.

    A step of many images is estimated from one of fewer tasks. Raises `RequestError` where the classes are the data
    set's own and it is in none of the `folders`.
    """
    parts, place, recipe = Resolved(spec), pick_device(device), spec.training
    image = image_shape(parts)
    learner = make_learner(parts, image, place, made_up(image[0]))
    learner.to(memory_format=torch.channels_last if recipe.channels_last else torch.contiguous_format)
    classes = len(protocol_of(spec, folders).learned_from(recipe.learn))
    loss = make_loss(parts, learner, turned(classes, recipe), place)
    many, shape, forged = measured_tasks(spec), recipe.shape, recipe.forged
    way, shot, query = shape.way, shape.shot, shape.query + forged
    draw = torch.Generator(place).manual_seed(0)
    height, width = sides(stored_size(spec) if recipe.crop else spec.size)
    support, both = (
        torch.rand(many, way, images, image[0], height, width, device=place, generator=draw) for images in (shot, query)
    )
    drawn = Tasks(support, both, torch.arange(way, device=place).expand(many, -1), forged)
    numbers = torch.arange(many, device=place)

    def batches(step: int) -> Batch:
        tasks = augment(drawn, spec.seed, numbers, size=spec.size, turn=recipe.turn, **distortions(recipe))
        return Pairs(tasks.query[:, :, 0], tasks.support[:, :, 0], tasks.classes) if recipe.pairs else tasks

    state = TrainingState(learner, loss, recipe)
    stamps = [_now(place)]
    while len(stamps) <= STEPS and (len(stamps) < 3 or stamps[-1] - stamps[0] <= LONGEST):
        take_step(state, lambda tasks: learner.objective(tasks, loss), batches, recipe, spec.seed)
        stamps.append(_now(place))
    each = [after - before for before, after in pairwise(stamps)]
    return median(each[1:] or each) * recipe.tasks_a_step / many


def measured_tasks(spec: RunSpec) -> int:
    """The number of tasks in a step that is measured: all, or as many as have `MOST` pixels."""
    recipe, shape = spec.training, spec.training.shape
    of_image = max(math.prod(sides(size)) for size in (spec.size, stored_size(spec)))
    pixels = shape.way * (shape.shot + shape.query + recipe.forged) * of_image
    return min(recipe.tasks_a_step, max(1, MOST // pixels))


def smallest_part(specs: Sequence[RunSpec], processes: int) -> tuple[int, int]:
    """The number of tasks in the step, shared by so many processes, of which the smallest part is measured, and the
    number in this part."""
    parts = [part_of(spec, processes) for spec in specs if spec.trains]
    steps = [(one.training.tasks_a_step, measured_tasks(one)) for one in parts]
    return max(steps, key=lambda step: step[0] / step[1], default=(1, 1))


def _now(place: torch.device) -> float:
    """The time in seconds, once the device has finished its queued work."""
    if place.type == "cuda":
        torch.cuda.synchronize(place)
    return time.perf_counter()


def _kind(spec: RunSpec) -> str:
    """Everything that a step's time depends on: of the options of parts, all but floats."""
    training, parts = spec.training, [spec.learner, spec.backbone, spec.similarity, spec.loss]
    options = [{key: one for key, one in part.options.items() if type(one) is not float} for part in parts if part]
    return str(
        ([part and part.name for part in parts], options, spec.size, training.shape, training.forged,
         training.tasks_a_step, training.precision, training.channels_last, training.optimiser, spec.normalise,
         spec.dataset.options,
         [bool(value) for value in distortions(training).values()])
    )  # fmt: skip


def memory_lines(
    device: str, images: int, processes: int, before: int | None = None, part: tuple[int, int] = (1, 1)
) -> str:
    """Lines with the most memory of one process: what this one has held so far, its steps included, and the images.

    It is read after steps were measured. What they added to the memory `before` is scaled where only a `part` of their
    tasks was measured. Images are mapped from the cache, or copied to a GPU. "" where the system does not say what a
    process has held, as Windows.
    """
    if (held := most_held(device)) is None:
        return ""
    place, (tasks, measured) = pick_device(device), part
    amount = _amount(images + held + (held - (before or 0)) * (tasks - measured) // measured)
    words = f"about {amount} on {device}" if place.type == "cuda" else f"about {amount} of memory"
    scaled = (
        f"\ntime and memory of a step of {tasks:,} tasks are estimated from one of {measured:,}"
        if tasks > measured
        else ""
    )
    return f"{words}{' for each process' if processes > 1 else ''}, {_amount(images)} of it images{scaled}"


def most_held(device: str) -> int | None:
    """Bytes that this process has held at most: of a GPU's memory, or of the machine's; None where it is not known, as
    of a device that a cluster's nodes have and this machine has not."""
    try:
        place = pick_device(device)
    except RequestError:
        return None
    if place.type == "cuda":
        return torch.cuda.max_memory_allocated(place)
    try:
        import resource
    except ImportError:
        return None
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found if sys.platform == "darwin" else found * 1024


def _amount(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB else f"{max(1, round(size / 2**20))} MiB"
