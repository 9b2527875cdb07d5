"""learn2learn 0.2.0 and easyfsl 1.5.0 in ordinary use, images in memory and transforms fused, and at their best."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Sampler
from turns import Work

from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank
from fewshot.models.adapters.learn2learn import import_learn2learn


class InMemory(Dataset):
    """Every image of a bank as a float tensor of its own, and its class number: what costs these libraries least."""

    def __init__(self, bank: ImageBank) -> None:
        self.images = list(bank.pixels.float().div_(255).unbind())
        self.labels = bank.label.tolist()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, image: int) -> tuple[Tensor, int]:
        return self.images[image], self.labels[image]

    def get_labels(self) -> list[int]:
        """As easyfsl asks for them."""
        return self.labels


def learn2learn_tasks(bank: ImageBank, shape: TaskShape, *, tuned: bool) -> Iterator[tuple[Tensor, Tensor]]:
    """Tasks without end of its `Taskset`: images class by class, and their labels.

    The images are in its own `OnDeviceDataset`, whose labels are tensors that `RemapLabels` compares one at a time, or,
    `tuned`, in a data set of ours with plain labels.
    """
    learn2learn = import_learn2learn()
    images = InMemory(bank)
    own = images if tuned else learn2learn.data.OnDeviceDataset(list(images), device=bank.device)
    data = learn2learn.data.MetaDataset(own)
    steps = learn2learn.data.transforms
    transforms = [steps.FusedNWaysKShots(data, n=shape.way, k=shape.shot + shape.query), steps.LoadData(data)]
    transforms += [steps.RemapLabels(data), steps.ConsecutiveLabels(data)]
    tasks = learn2learn.data.Taskset(data, task_transforms=transforms, num_tasks=-1)
    while True:
        yield tasks.sample()


def easyfsl_tasks(bank: ImageBank, shape: TaskShape) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor, list[int]]]:
    """Tasks without end of its `TaskSampler` and the ordinary `DataLoader`."""
    from easyfsl.samplers import TaskSampler

    Sampler.__init__ = lambda self, data_source=None: None  # torch 2.10 took away the argument that easyfsl hands over
    data = InMemory(bank)
    sampler = TaskSampler(data, n_way=shape.way, n_shot=shape.shot, n_query=shape.query, n_tasks=10**9)
    yield from DataLoader(data, batch_sampler=sampler, collate_fn=sampler.episodic_collate_fn)


def plain_conv4(channels: int, width: int = 64) -> nn.Sequential:
    """Four blocks as both libraries write them: convolution, norm, ReLU, pooling."""
    blocks: list[nn.Module] = []
    for before in (channels, width, width, width):
        blocks += [nn.Conv2d(before, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*blocks, nn.Flatten())


def prototypical_loss(net: nn.Module, images: Tensor, shape: TaskShape) -> Tensor:
    """One task's loss as in learn2learn's example: all images in one call, squared distances to mean embeddings."""
    embedded = net(images).unflatten(0, (shape.way, shape.shot + shape.query))
    support, query = embedded[:, : shape.shot].mean(1), embedded[:, shape.shot :].flatten(0, 1)
    logits = -((query.unsqueeze(1) - support.unsqueeze(0)) ** 2).sum(dim=2)
    label = torch.arange(shape.way, device=images.device).repeat_interleave(shape.query)
    return nn.functional.cross_entropy(logits, label)


def ordinary_loop(net: nn.Module, images: Iterator[Tensor], loss_of: Callable[[Tensor], Tensor], steps: int) -> Work:
    """So many steps at a call, as both libraries' examples have them: contiguous float32, eager, Adam."""
    optimiser = torch.optim.Adam(net.parameters(), lr=1e-3)

    def work() -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            loss = loss_of(next(images))
            loss.backward()
            optimiser.step()
        loss.item()

    return work
