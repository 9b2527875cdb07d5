"""Training on a fixed list of independent pairs, half of one class and half of two, as Koch et al. 2015 do.

The pairs of one kind are drawn independently, with replacement. Beside each same-class pair a different-class one of
the same group is drawn, in Omniglot by the same two drawers, so that neither tells the kinds apart; batches mix them
anew.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.rng import random_bits
from fewshot.core.types import Pairs
from fewshot.data.bank import ImageBank
from fewshot.tasks.augment import distorted, distortions, turned
from fewshot.tasks.sampler import TaskSampler, pixels_of


@dataclass(frozen=True)
class PairIndices:
    """`Pairs` as numbers of images in a bank."""

    left: Int64[Tensor, "pair 2"]
    right: Int64[Tensor, "pair 2"]
    classes: Int64[Tensor, "pair 2"]


@dataclass(frozen=True, eq=False)
class PairSampler:
    """A bank and a recipe for pairs of it, checked once; the list depends on these and the seed, never on a step.

    As many same-class as different-class pairs come from each group in turn; groups of fewer than three classes are
    `left_out`. Beside each pair stand `recipe.copies` of it with a stored affine draw each; without copies the draws
    are fresh at every step. An epoch goes once over all that, same-class and different-class pairs in orders of their
    own, and leaves out a last batch that is not full. Raises `RequestError` for pairs that the bank cannot give.
    """

    bank: ImageBank
    recipe: Recipe
    seed: int = 0
    size: int = 0  # of the images of a step, which are crops of the bank's; 0: as large as these
    part: Callable[[Tensor], Tensor] = lambda numbers: numbers  # of a step's, which one of several processes has
    _source: TaskSampler = field(init=False, repr=False)
    _order: dict[int, Int64[Tensor, "item 2"]] = field(init=False, repr=False, default_factory=dict)  # of one epoch

    def __post_init__(self) -> None:
        three = TaskShape(3, 1, 1)  # the classes of a same-class and a different-class pair
        source = TaskSampler(self.bank, three, 1.0, self.recipe.other_authors, in_turn=True)
        object.__setattr__(self, "_source", source)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The groups with too few classes."""
        return self._source.left_out

    @cached_property
    def listed(self) -> PairIndices:
        """The list without its copies."""
        number = torch.arange(self.recipe.pairs // 2, device=self.bank.device)
        drawn = self._source.draw(self.seed, "pairs", number)  # of the classes A, B and C
        first_and_last = slice(None, None, 2)  # left images are of the classes A and C, the right ones of A and B
        left, right = drawn.query[:, first_and_last, 0], drawn.support[:, :2, 0]
        return PairIndices(left, right, drawn.classes[:, first_and_last])

    def items(self, step: int) -> Int64[Tensor, "pair 2"]:
        """Which same-class and which different-class pairs a step meets: numbers in `listed`, then on in its copies."""
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
        """The pairs of a step, images and all, distorted."""
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
