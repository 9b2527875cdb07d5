"""Evaluation on tasks of other libraries, given as pairs of data and labels."""

from collections.abc import Callable, Iterable
from itertools import islice

import torch
from torch import Tensor, nn

from fewshot.core.checks import between, of_type
from fewshot.core.device import measuring
from fewshot.core.errors import RequestError
from fewshot.core.types import Learner, Scores, Tasks
from fewshot.evaluation.measure import accuracy
from fewshot.evaluation.model_trial import checked_scores, some_images
from fewshot.evaluation.user_learner import as_learner, comparison, modes_kept
from fewshot.registry.lookup import make_part


@measuring()
def evaluate_tasks(
    model: nn.Module | Learner | Callable[[Tasks], Scores],
    tasks: Iterable,
    *,
    shot: int = 1,
    number: int | None = None,
    similarity: str | None = None,
    shot_rule: str | None = None,
) -> list[float]:
    """Accuracy of each task `(data, labels)` of a learn2learn `Taskset`, or of any iterable of such tasks.

    `data` is float `[image channel height width]`. The first `shot` images of each class are its supports and the
    others its queries. `model` is as for `fewshot.evaluate`, and stays unchanged. `number` limits the number of tasks.

    Raises `RequestError` for a task whose classes have unequal numbers of images or whose tensors have other shapes,
    and for a `shot` or `number` that is no whole one from 1. The classes behind the labels are unknown, so training
    classes of `model` among them are not refused.
    """
    compares, rule = comparison(model, similarity, shot_rule)
    of_type(int, shot=shot)
    of_type(int | None, number=number)
    if number is not None:
        between(1, None, number=number)
    elif getattr(tasks, "num_tasks", 1) == -1:
        raise RequestError("number: expected a number of tasks, as this taskset has no end, got None")
    weights = list(model.parameters()) if isinstance(model, nn.Module) else []
    learner, found = None, []
    with modes_kept(model):
        for place, task in enumerate(islice(tasks, number)):
            posed = _posed(task, f"task {place}", shot, weights[0].device if weights else "cpu")
            if learner is None:
                few, compared = some_images(posed.images), make_part("similarities", compares)
                learner = as_learner(model, few, posed, compared, rule)
            found += accuracy(checked_scores(learner.scores, posed)).tolist()
    if not found:
        raise RequestError("expected tasks to evaluate, got none")
    return found


def _posed(task: object, where: str, shot: int, device: torch.device | str) -> Tasks:
    """A pair of data and labels as `Tasks` with one task; classes are in the order of their labels."""
    data, labels = task if isinstance(task, list | tuple) and len(task) == 2 else (task, None)
    shapes = [list(one.shape) if isinstance(one, Tensor) else type(one).__name__ for one in (data, labels)]
    if not all(isinstance(one, Tensor) for one in (data, labels)) or data.ndim != 4 or shapes[1] != shapes[0][:1]:
        raise RequestError(f"{where}: expected data [image channel height width] and labels [image], got {shapes}")
    if not data.is_floating_point():
        raise RequestError(f"{where}: expected floating-point data from 0 to 1, got {data.dtype}")
    classes, place, count = labels.unique(return_inverse=True, return_counts=True)
    each = count.tolist()
    if len(each) < 2 or len(set(each)) > 1:
        raise RequestError(f"{where}: expected at least two classes with equally many images, got {each} images")
    if not 1 <= shot < each[0]:
        raise RequestError(
            f"{where}: shot: expected at least 1 and fewer than the {each[0]} images of a class, got {shot}"
        )
    rows = data[place.argsort(stable=True)].to(device).float().unflatten(0, (len(each), each[0]))[None]
    return Tasks(rows[:, :, :shot], rows[:, :, shot:], classes.long()[None].to(device))
