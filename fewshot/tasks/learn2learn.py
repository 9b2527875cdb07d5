"""Our images as learn2learn's `MetaDataset` and `Taskset`.

Use its algorithms and transforms, but not `get_tasksets("omniglot")`: in version 0.2.0 its sampler gets the unfiltered
data, so that 74 % of the classes of its test tasks are outside its test split. `RandomClassRotation` turns all classes
by one angle, and the miniImageNet preset `lee2019` scales train and test images differently. learn2learn draws from
Python's `random`: seed that to draw the same tasks again.
"""

from typing import TYPE_CHECKING

from torch import Tensor
from torch.utils.data import Dataset

from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank
from fewshot.models.adapters.learn2learn import import_learn2learn

if TYPE_CHECKING:
    from learn2learn.data import MetaDataset, Taskset


class BankImages(Dataset):
    """The images of a bank, one at a time: float `[channel height width]` from 0 to 1 (ink = 1), and the class number.

    The number is an index into `bank.classes`.
    """

    def __init__(self, bank: ImageBank) -> None:
        self.bank = bank

    def __len__(self) -> int:
        return len(self.bank)

    def __getitem__(self, image: int) -> tuple[Tensor, int]:
        return self.bank.pixels[image].float().div_(255), int(self.bank.label[image])


def meta_dataset(bank: ImageBank) -> "MetaDataset":
    """One split as learn2learn's `MetaDataset`; no image is read to make it.

    Raises `RequestError` with the way to install learn2learn if it is missing.
    """
    first, count = bank.first.tolist(), bank.count.tolist()
    images = {label: list(range(first[label], first[label] + count[label])) for label in range(len(bank.classes))}
    return import_learn2learn().data.MetaDataset(BankImages(bank), labels_to_indices=images)


def taskset(bank: ImageBank, way: int, images: int, number: int = -1) -> "Taskset":
    """learn2learn's `Taskset` over one split: tasks of `way` classes with `images` images each, labelled 0, 1, ….

    A task is `(data, labels)`, float `[image channel height width]` and int64 `[image]`. A `number` of −1 gives tasks
    without end. Raises `RequestError` if the bank has too few classes or images.
    """
    learn2learn = import_learn2learn()
    if not 2 <= way <= len(bank.classes) or not 1 <= images <= int(bank.count.min()):
        there = f"2 to {len(bank.classes)} classes with 1 to {int(bank.count.min())} images each"
        raise RequestError(f"expected tasks of {there}, got {way} classes with {images} images")
    data, transforms = meta_dataset(bank), learn2learn.data.transforms
    steps = [transforms.NWays(data, way), transforms.KShots(data, images)]
    steps += [transforms.LoadData(data), transforms.RemapLabels(data)]
    return learn2learn.data.Taskset(data, task_transforms=steps, num_tasks=number)
