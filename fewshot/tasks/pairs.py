"""Training on a fixed list of independent pairs, half same-class and half different-class (Koch et al. 2015).

The pairs of one kind are drawn independently, with replacement. With each same-class pair a different-class pair of the
same group is drawn and, with `other_authors`, by the same two authors, so that neither reveals the kind; batches mix
them again.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.checks import Size
from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.rng import random_bits
from fewshot.core.types import Pairs
from fewshot.data.bank import ImageBank
from fewshot.tasks.augment import distorted, distortions, turned
from fewshot.tasks.sampler import MOST, TaskSampler, pixels_of


@dataclass(frozen=True)
class PairIndices:
    """`Pairs` as numbers of images in a bank."""

    left: Int64[Tensor, "pair 2"]
    right: Int64[Tensor, "pair 2"]
    classes: Int64[Tensor, "pair 2"]


@dataclass(frozen=True, eq=False)
class PairSampler:
    """A bank and a recipe for pairs, checked once; the list depends on these and the seed, never on a step.

    Groups take turns and give as many same-class as different-class pairs; groups of fewer than three classes are
    `left_out`. With `recipe.copies`, the list holds each pair and that many affine copies, each with a fixed draw;
    without copies, draws are fresh at every step. An epoch visits the whole list once, with same-class and
    different-class pairs in separate random orders, and drops a last batch that is not full. Raises `RequestError` if
    the bank cannot give the pairs.
    """

    bank: ImageBank
    recipe: Recipe
    seed: int = 0
    size: Size | None = None  # of a step's images, which are crops of the bank's; None: the size of the bank's
    part: Callable[[Tensor], Tensor] = lambda numbers: numbers  # the part of a step that this process computes
    _source: TaskSampler = field(init=False, repr=False)
    _order: dict[int, Int64[Tensor, "item 2"]] = field(init=False, repr=False, default_factory=dict)  # of one epoch

    def __post_init__(self) -> None:
        three = TaskShape(3, 1, 1)  # the classes of a same-class and a different-class pair
        source = TaskSampler(self.bank, three, 1.0, self.recipe.other_authors, in_turn=True)
        object.__setattr__(self, "_source", source)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The groups that have too few classes."""
        return self._source.left_out

    @cached_property
    def listed(self) -> PairIndices:
        """The list of pairs, without copies."""
        number = torch.arange(self.recipe.pairs // 2, device=self.bank.device)
        first_and_last = slice(None, None, 2)  # of classes A, B and C: left images of A and C, right of A and B
        parts = []
        for some in number.split(MOST):
            drawn = self._source.draw(self.seed, "pairs", some)
            left, right = drawn.query[:, first_and_last, 0], drawn.support[:, :2, 0]
            parts.append((left, right, drawn.classes[:, first_and_last]))
        return PairIndices(*map(torch.cat, zip(*parts, strict=True)))

    def items(self, step: int) -> Int64[Tensor, "pair 2"]:
        """The numbers of a step's same-class and different-class pairs, counted through `listed`, then its copies."""
        tasks = self.recipe.tasks_a_step
        listed = (1 + self.recipe.copies) * (self.recipe.pairs // 2)
        epoch, place = divmod(step, listed // tasks)
        if epoch not in self._order:
            self._order.clear()
            number = torch.full((1,), epoch, device=self.bank.device)
            bits = [random_bits(self.seed, f"pairs/{kind}", number, listed)[0] for kind in ("same", "different")]
            self._order[epoch] = torch.stack([one.argsort(stable=True) for one in bits], -1)
        return self._order[epoch][place * tasks : (place + 1) * tasks]

    def pairs(self, step: int) -> Pairs:
        """The pairs of a step, with distorted images."""
        recipe, item = self.recipe, self.part(self.items(step))
        many = recipe.tasks_a_step
        number = self.part(torch.arange(step * many, (step + 1) * many, device=item.device))
        copy, pair = item // (recipe.pairs // 2), item % (recipe.pairs // 2)
        kind = torch.arange(2, device=item.device)
        listed = [images[pair, kind][..., None] for images in (self.listed.right, self.listed.left)]
        sides = plain = [pixels_of(self.bank, images) for images in listed]
        if any(distortions(recipe).values()):
            address = 2 * (item if recipe.copies else number[:, None]) + kind
            each = [images.flatten(0, 1)[:, None] for images in plain]
            found = distorted(each, self.seed, address.flatten(), size=self.size, **distortions(recipe))
            sides = [images.unflatten(0, item.shape)[:, :, 0] for images in found]
        if recipe.copies:
            bare = (copy == 0)[..., None, None, None, None]
            sides = [torch.where(bare, *both) for both in zip(plain, sides, strict=True)]
        right, left, classes = turned(sides, self.listed.classes[pair, kind], self.seed, number, recipe.turn)
        return Pairs(left[:, :, 0], right[:, :, 0], classes)
