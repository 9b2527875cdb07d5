"""Our images as learn2learn's tasks, and learn2learn's tasks through our evaluation.

Take its algorithms and transforms, but not its `get_tasksets("omniglot")`: in version 0.2.0 that hands the unfiltered
data to its sampler, so that 74 % of the classes of its test tasks lie outside its test split. Its `RandomClassRotation`
turns all classes by one angle, and its miniImageNet preset `lee2019` scales train and test images differently.
learn2learn draws from Python's `random`: seed that to draw the same tasks again.
"""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from fewshot.bank import ImageBank
from fewshot.contracts import Learner, Scores, Tasks
from fewshot.errors import RequestError
from fewshot.evaluation import accuracy
from fewshot.libraries import import_learn2learn
from fewshot.models import as_learner
from fewshot.registry import make_part

if TYPE_CHECKING:
    from learn2learn.data import MetaDataset, Taskset


class BankImages(Dataset):
    """The images of a bank, one at a time: float `[channel height width]` from 0 to 1 (ink = 1), and the class number.

    The number is a place in `bank.classes`.
    """

    def __init__(self, bank: ImageBank) -> None:
        self.bank = bank

    def __len__(self) -> int:
        return len(self.bank)

    def __getitem__(self, image: int) -> tuple[Tensor, int]:
        return self.bank.pixels[image].float().div_(255), int(self.bank.label[image])


def meta_dataset(bank: ImageBank) -> "MetaDataset":
    """One split as learn2learn's `MetaDataset`: nothing of another split is in it, and no image is read to make it.

    Raises `RequestError` that says how to get learn2learn where it is missing.
    """
    first, count = bank.first.tolist(), bank.count.tolist()
    images = {label: list(range(first[label], first[label] + count[label])) for label in range(len(bank.classes))}
    return import_learn2learn().data.MetaDataset(BankImages(bank), labels_to_indices=images)


def taskset(bank: ImageBank, way: int, images: int, number: int = -1) -> "Taskset":
    """learn2learn's `Taskset` over one split: tasks of `way` classes with so many images each, labelled 0, 1, ….

    A task is `(data, labels)`, float `[image channel height width]` and int64 `[image]`; −1 is tasks without end.
    Raises `RequestError` for tasks that the bank cannot give.
    """
    learn2learn = import_learn2learn()
    if not 2 <= way <= len(bank.classes) or not 1 <= images <= int(bank.count.min()):
        there = f"{len(bank.classes)} classes with {int(bank.count.min())} images or more"
        raise RequestError(f"expected tasks of what is there, {there}, got {way} classes with {images} images")
    data, transforms = meta_dataset(bank), learn2learn.data.transforms
    steps = [transforms.NWays(data, way), transforms.KShots(data, images)]
    steps += [transforms.LoadData(data), transforms.RemapLabels(data)]
    return learn2learn.data.Taskset(data, task_transforms=steps, num_tasks=number)


@torch.inference_mode()
def evaluate_tasks(
    model: nn.Module | Learner | Callable[[Tasks], Scores],
    tasks: Iterable,
    *,
    shot: int = 1,
    number: int | None = None,
    similarity: str = "euclidean",
    shot_rule: str = "mean_score",
) -> list[float]:
    """Accuracy of each task `(data, labels)` of a learn2learn `Taskset`, or of any iterable of such tasks.

    `data` is float `[image channel height width]`. The first `shot` images of each class are its supports and the
    others its queries. `model` is what `fewshot.evaluate` takes; it is left as it was. `number` ends tasks without end.

    Raises `RequestError` for a task whose classes have unequal numbers of images or whose tensors have other shapes.
    What the tasks are made of is not known here, so nothing can be said of classes that `model` has learned from.
    """
    if number is None and getattr(tasks, "num_tasks", 1) == -1:
        raise RequestError("expected a number of tasks to evaluate, as this taskset has no end")
    weights = list(model.parameters()) if isinstance(model, nn.Module) else []
    was_training = isinstance(model, nn.Module) and model.training
    learner, found = None, []
    try:
        for place, task in enumerate(islice(tasks, number)):
            posed = _posed(task, f"task {place}", shot, weights[0].device if weights else "cpu")
            if learner is None:
                images = posed.support.flatten(0, 2)[:2]
                learner = as_learner(model, images, make_part("similarities", similarity), shot_rule)
                if isinstance(learner, nn.Module):
                    learner.eval()
            scores, expected = learner.scores(posed), [*posed.query.shape[:3], posed.query.shape[1]]
            if list(scores.shape) != expected:
                raise RequestError(f"task {place}: expected scores {expected}, got {list(scores.shape)}")
            found += accuracy(scores).tolist()
    finally:
        if was_training:
            model.train()
    if not found:
        raise RequestError("expected tasks to evaluate, got none")
    return found


def _posed(task: object, where: str, shot: int, device: torch.device | str) -> Tasks:
    """A learn2learn task as one of ours; its classes are in the order of their labels."""
    data, labels = task if isinstance(task, list | tuple) and len(task) == 2 else (task, None)
    shapes = [list(one.shape) if isinstance(one, Tensor) else type(one).__name__ for one in (data, labels)]
    if not all(isinstance(one, Tensor) for one in (data, labels)) or data.ndim != 4 or shapes[1] != shapes[0][:1]:
        raise RequestError(f"{where}: expected data [image channel height width] and labels [image], got {shapes}")
    if not data.is_floating_point():
        raise RequestError(f"{where}: expected floating-point data from 0 to 1, got {data.dtype}")
    classes, place, count = labels.unique(return_inverse=True, return_counts=True)
    each = count.tolist()
    if len(each) < 2 or len(set(each)) > 1:
        raise RequestError(f"{where}: expected two classes or more with as many images each, got {each} images")
    if not 1 <= shot < each[0]:
        raise RequestError(f"{where}: expected shot from 1 to {each[0] - 1}, for {each[0]} images a class, got {shot}")
    rows = data[place.argsort(stable=True)].to(device).float().unflatten(0, (len(each), each[0]))[None]
    return Tasks(rows[:, :, :shot], rows[:, :, shot:], classes.long()[None].to(device))
