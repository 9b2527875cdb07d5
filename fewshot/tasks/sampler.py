"""Tasks drawn from a bank in bulk; task 417 of a seed and purpose is the same on any machine, device and batch size."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from jaxtyping import Float, Int64
from torch import Tensor

from fewshot.core.checks import of_type
from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.rng import below, distinct, random_bits, uniform
from fewshot.core.types import Tasks
from fewshot.data.bank import ImageBank

MOST = 2**20  # tasks in one tensor


@dataclass(frozen=True)
class TaskIndices:
    """Tasks as numbers of images in a bank; the last `forged` queries of each class are forgeries."""

    support: Int64[Tensor, "task way shot"]
    query: Int64[Tensor, "task way query"]
    classes: Int64[Tensor, "task way"]
    forged: int = 0

    def __getitem__(self, part: slice) -> "TaskIndices":
        return TaskIndices(self.support[part], self.query[part], self.classes[part], self.forged)

    def __len__(self) -> int:
        return len(self.classes)


@dataclass(frozen=True, eq=False)
class TaskSampler:
    """A bank and the kind of task to draw from it, checked once.

    `within_group` is the share of tasks whose classes come from one group. Groups with fewer classes than `way` are
    `left_out` of these; the others are drawn uniformly or, with `in_turn`, in rotation. With `other_authors` no author
    is in both the support and the query set of a task: half of the authors, drawn for each task, serve the support and
    the others the query, as few authors as the images need (in Omniglot, one drawer a shot). All of these images are
    genuine; `forged` more queries of each class are forgeries of it. Raises `RequestError` if the bank cannot give the
    task.
    """

    bank: ImageBank
    shape: TaskShape
    within_group: float = 0.0
    other_authors: bool = False
    in_turn: bool = False
    forged: int = 0
    left_out: tuple[str, ...] = field(init=False)
    _by_group: Tensor = field(init=False, repr=False)  # class numbers, group by group
    _span: Tensor = field(init=False, repr=False)  # [group+1, 2]: first and count in `_by_group`; the last row is all
    _most_images: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        of_type(ImageBank, bank=self.bank)
        of_type(TaskShape, shape=self.shape)
        of_type(float, within_group=self.within_group)
        of_type(bool, other_authors=self.other_authors)
        bank, way = self.bank, self.shape.way
        if not 0 <= self.within_group <= 1:
            raise RequestError(f"within_group: expected a share from 0 to 1, got {self.within_group!r}")
        if way > len(bank.classes):
            raise RequestError(f"{self.shape} tasks need {way} classes, but there are {len(bank.classes)}")
        size = torch.bincount(bank.class_group, minlength=len(bank.groups))
        span = torch.stack([size.cumsum(0) - size, size], -1)
        if self.within_group and not (size >= way).any():
            raise RequestError(f"no group has the {way} classes that a {self.shape} task within a group needs")
        everything = torch.tensor([[0, len(bank.classes)]], device=bank.device)
        fits = (size >= way).tolist()
        object.__setattr__(self, "left_out", tuple(g for g, fit in zip(bank.groups, fits, strict=True) if not fit))
        object.__setattr__(self, "_by_group", bank.class_group.argsort(stable=True))
        object.__setattr__(self, "_span", torch.cat([span[size >= way], everything]))
        object.__setattr__(self, "_most_images", int(bank.count.max()))
        self._check_images()

    def draw(self, seed: int, purpose: str, numbers: Sequence[int] | Tensor) -> TaskIndices:
        """The tasks with these numbers.

        The cost does not grow with the number of classes or, without `other_authors`, of their images.
        """
        of_type(int, seed=seed)
        of_type(str, purpose=purpose)
        number = _whole(numbers, look=not isinstance(numbers, Tensor)).to(self.bank.device)
        classes = self._draw_classes(seed, purpose, number)
        pick = self._by_author if self.other_authors else self._any_image
        support, query = pick(seed, purpose, number, classes)
        first = self.bank.first[classes][..., None]
        if not self.forged:
            return TaskIndices(first + support, first + query, classes)
        bits = random_bits(seed, f"{purpose}/forged", number, self.shape.way * self.forged).unflatten(
            1, (-1, self.forged)
        )
        forged = self.bank.count[classes][..., None] + distinct(bits, self.bank.forgeries[classes])
        return TaskIndices(first + support, first + torch.cat([query, forged], 2), classes, self.forged)

    def _draw_classes(self, seed: int, purpose: str, number: Tensor) -> Int64[Tensor, "task way"]:
        bits = random_bits(seed, f"{purpose}/classes", number, self.shape.way + 2)
        groups = len(self._span) - 1
        group = number % max(1, groups) if self.in_turn else below(bits[:, 0], groups)
        row = torch.where(uniform(bits[:, 1]) < self.within_group, group, groups)
        first, count = self._span[row].unbind(-1)
        return self._by_group[first[:, None] + distinct(bits[:, 2:], count)]

    def _any_image(self, seed: int, purpose: str, number: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        way, shot, query = self.shape.way, self.shape.shot, self.shape.query
        bits = random_bits(seed, f"{purpose}/images", number, way * (shot + query)).unflatten(1, (way, -1))
        support, query_set = distinct(bits, self.bank.count[classes]).tensor_split([shot], -1)
        return support, query_set

    def _by_author(self, seed: int, purpose: str, number: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        bank, way, most = self.bank, self.shape.way, self._most_images
        authors = len(bank.authors)
        place = distinct(random_bits(seed, f"{purpose}/authors", number, authors), authors)  # [task author]
        image = torch.arange(most, device=bank.device)
        count = bank.count[classes][..., None]
        author = bank.author[(bank.first[classes][..., None] + image).clamp(max=len(bank) - 1)]  # [task way image]
        key = place.gather(1, author.flatten(1)).view_as(author).double()
        key += uniform(random_bits(seed, f"{purpose}/images", number, way * most)).view_as(author)
        order = key.masked_fill(image >= count, torch.inf).argsort(dim=-1, stable=True)
        last = count - 1 - torch.arange(self.shape.query, device=bank.device)
        return order[..., : self.shape.shot], order.gather(-1, last)

    def _check_images(self) -> None:
        bank, shot, query, authors = self.bank, self.shape.shot, self.shape.query, len(self.bank.authors)
        if not self.other_authors:
            scarce = bank.count < shot + query
            need = f"{shot} + {query} images a class"
        else:
            pair = (bank.label * authors + bank.author)[~bank.forged]
            by_author = torch.bincount(pair, minlength=len(bank.classes) * authors).view(-1, authors)
            fewest = by_author.sort(-1).values.cumsum(-1)  # images by the least busy 1, 2, … authors
            half = authors // 2
            support = fewest[:, half - 1] if half else torch.zeros_like(bank.count)
            scarce = (support < shot) | (fewest[:, authors - half - 1] < query)
            need = f"{shot} + {query} images a class by different authors, whichever half of the authors is drawn"
        if scarce.any():
            first = int(scarce.nonzero()[0])
            count, authors = int(bank.count[first]), len(bank.author[(bank.label == first) & ~bank.forged].unique())
            has = f"{count} by {authors} authors" if self.other_authors else count
            raise RequestError(
                f"{self.shape} tasks with {query} queries need {need}; "
                f"{bank.classes[first]} has {has} ({int(scarce.sum())} such classes)"
            )
        if (scarce := bank.forgeries < self.forged).any():
            first = int(scarce.nonzero()[0])
            raise RequestError(
                f"tasks with {self.forged} forged queries need {self.forged} forgeries of each class; "
                f"{bank.classes[first]} has {int(bank.forgeries[first])} ({int(scarce.sum())} such classes)"
            )


def gather(bank: ImageBank, drawn: TaskIndices) -> Tasks:
    """The images of drawn tasks as float32 from 0 to 1, on the bank's device."""
    return Tasks(pixels_of(bank, drawn.support), pixels_of(bank, drawn.query), drawn.classes, drawn.forged)


def sample_tasks(
    bank: ImageBank,
    shape: TaskShape,
    *,
    seed: int = 0,
    purpose: str = "train",
    numbers: Sequence[int] = (0,),
    within_group: float = 0.0,
    other_authors: bool = False,
) -> Tasks:
    """The tasks with these numbers and their images: `TaskSampler` and `gather` in one call.

    >>> import fewshot
    >>> bank = fewshot.load_split("typefaces", "scripts", "val")
    >>> fewshot.sample_tasks(bank, fewshot.TaskShape(way=5, shot=1, query=3), numbers=range(8))
    Tasks(tasks: 8, shape: 5-way 1-shot, queries: 3 a class, size: 1 × 28 × 28, device: cpu)
    """
    of_type(ImageBank, bank=bank)
    of_type(TaskShape, shape=shape)
    of_type(int, seed=seed)
    of_type(str, purpose=purpose)
    of_type(float, within_group=within_group)
    of_type(bool, other_authors=other_authors)
    source = TaskSampler(bank, shape, within_group, other_authors)
    return gather(bank, source.draw(seed, purpose, _whole(numbers)))


def _whole(numbers: Sequence[int] | Tensor, look: bool = True) -> Int64[Tensor, " task"]:
    """A caller's numbers of tasks as a tensor. Raises `RequestError` unless they are a sequence of integers, and for
    numbers below 0 where it may `look` at them, which would wait for a device."""
    if hasattr(numbers, "__len__") and getattr(numbers, "ndim", 1) == 1 and len(numbers) > MOST:
        raise RequestError(f"numbers: expected at most {MOST:,} tasks at a time, got {len(numbers):,}")
    try:
        found = torch.as_tensor(numbers)
    except (TypeError, ValueError, RuntimeError):
        found = torch.empty(0)
    whole = found.ndim == 1 and found.dtype in (torch.int64, torch.int32)
    if not whole or (look and bool((found < 0).any())):
        raise RequestError(f"numbers: expected whole numbers of tasks, such as range(8), got {numbers!r}")
    return found.long()


def pixels_of(bank: ImageBank, image: Int64[Tensor, "*shape"]) -> Float[Tensor, "*shape channel height width"]:
    """Images of a bank by their numbers, as float32 from 0 to 1."""
    whole = bank.pixels.flatten(1) if bank.pixels.is_contiguous() else bank.pixels  # flattening a view would copy it
    some = whole.index_select(0, image.flatten())
    return some.to(torch.float32).div_(255).view(*image.shape, *bank.shape)
