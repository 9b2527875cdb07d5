"""Training on a fixed list of independent pairs, half of one class and half of two, as Koch et al. 2015 do.

The pairs of one kind are drawn independently, with replacement. Beside each same-class pair a different-class one of
the same group is drawn, in Omniglot by the same two drawers, so that neither tells the kinds apart; batches mix them
anew. The two travel as one task of two ways, one shot and one query: row 0 holds the images of the one, row 1 those of
the other, whose support is of another class than its query. Only `OfPairs` reads them so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from fewshot.augment import augment, distortions
from fewshot.bank import ImageBank
from fewshot.compare import Measure
from fewshot.contracts import MEASURES, Loss, Query, Scalar, Similarity, Support, Tasks
from fewshot.episodes import Draw, TaskSource, gather
from fewshot.errors import RequestError
from fewshot.rng import random_bits
from fewshot.spec import TaskShape, Training


@dataclass(frozen=True, eq=False)
class PairSource:
    """A bank and a recipe for pairs of it, checked once; the list depends on these and the seed, never on a step.

    As many same-class as different-class pairs come from each group in turn; groups of fewer than three classes are
    `left_out`. Beside each pair stand `recipe.copies` of it with a stored affine draw each; without copies the draws
    are fresh at every step. An epoch goes once over all that, same-class and different-class pairs in orders of their
    own, and leaves out a last batch that is not full. Raises `RequestError` for pairs that the bank cannot give.
    """

    bank: ImageBank
    recipe: Training
    seed: int = 0
    size: int = 0  # of the images of a step, which are crops of the bank's; 0: as large as these
    part: Callable[[Tensor], Tensor] = lambda numbers: numbers  # of a step's, which one of several processes has
    _source: TaskSource = field(init=False, repr=False)
    _order: dict[int, Int64[Tensor, "item 2"]] = field(init=False, repr=False, default_factory=dict)  # of one epoch

    def __post_init__(self) -> None:
        three = TaskShape(3, 1, 1)  # the classes of a same-class and a different-class pair
        source = TaskSource(self.bank, three, 1.0, self.recipe.other_authors, in_turn=True)
        object.__setattr__(self, "_source", source)

    @property
    def left_out(self) -> tuple[str, ...]:
        """The groups with too few classes."""
        return self._source.left_out

    @cached_property
    def pairs(self) -> Draw:
        """The list without its copies: one task for a same-class and a different-class pair."""
        number = torch.arange(self.recipe.pairs // 2, device=self.bank.device)
        drawn = self._source.draw(self.seed, "pairs", number)
        first_and_last = slice(None, None, 2)  # queries are of classes A and C, the supports being of A and B
        return Draw(drawn.support[:, :2], drawn.query[:, first_and_last], drawn.classes[:, first_and_last])

    def items(self, step: int) -> Int64[Tensor, "task 2"]:
        """Which same-class and which different-class pairs a step meets: numbers in `pairs`, then on in its copies."""
        tasks = self.recipe.tasks_a_step
        listed = (1 + self.recipe.copies) * (self.recipe.pairs // 2)
        epoch, place = divmod(step, listed // tasks)
        if epoch not in self._order:
            self._order.clear()
            number = torch.full((1,), epoch, device=self.bank.device)
            bits = [random_bits(self.seed, f"pairs/{kind}", number, listed)[0] for kind in ("same", "different")]
            self._order[epoch] = torch.stack([one.argsort(stable=True) for one in bits], -1)
        return self._order[epoch][place * tasks : (place + 1) * tasks]

    def tasks(self, step: int) -> Tasks:
        """The pairs of a step, images and all, distorted."""
        recipe, item = self.recipe, self.part(self.items(step))
        copy, pair = item // (recipe.pairs // 2), item % (recipe.pairs // 2)
        row, listed = torch.arange(2, device=item.device), self.pairs
        drawn = Draw(listed.support[pair, row], listed.query[pair, row], listed.classes[pair, row])
        plain = tasks = gather(self.bank, drawn)
        many = recipe.tasks_a_step
        number = self.part(torch.arange(step * many, (step + 1) * many, device=item.device))
        if any(distortions(recipe).values()):
            address = 2 * (item if recipe.copies else number[:, None]) + row
            tasks = _distorted(plain, self.seed, address, size=self.size, **distortions(recipe))
        if recipe.copies:
            bare = (copy == 0)[..., None, None, None, None]
            both = [(plain.support, tasks.support), (plain.query, tasks.query)]
            tasks = Tasks(*(torch.where(bare, *images) for images in both), plain.classes)
        return augment(tasks, self.seed, number, turn=recipe.turn)


def _distorted(tasks: Tasks, seed: int, address: Int64[Tensor, "task way"], **how: float) -> Tasks:
    """Every row of every task by an address of its own."""
    rows = [images.flatten(0, 1)[:, None] for images in (tasks.support, tasks.query, tasks.classes)]
    found = augment(Tasks(*rows), seed, address.flatten(), **how)
    whole = [images[:, 0].unflatten(0, tasks.classes.shape) for images in (found.support, found.query)]
    return Tasks(*whole, tasks.classes)


class OfPairs(nn.Module):
    """A loss of independent pairs: it meets each row's query with that row's support, and nothing else.

    So each mean of a loss over comparisons of one class, or of two, is its mean over the pairs.
    """

    def __init__(self, loss: Loss) -> None:
        super().__init__()
        self.loss = loss

    def forward(
        self, support: Support, query: Query, similarity: Similarity, classes: Int64[Tensor, "task way"]
    ) -> Scalar:
        return self.loss(support, query, _Rowwise(similarity), classes)


class _Rowwise:
    """The measures that a similarity has, of the same-class and the different-class pair of each task."""

    def __init__(self, similarity: Similarity) -> None:
        for name in MEASURES:
            if hasattr(similarity, name):
                setattr(self, name, partial(_table, getattr(similarity, name)))


def _table(
    measure: Measure, left: Float[Tensor, "*shape"], right: Float[Tensor, "*shape"]
) -> Float[Tensor, "task 2 2"]:
    """[[same, different], [different, same]] of each task, where each left meets the right of its own row."""
    if left.ndim != 3 or left.shape[1] != 2:
        raise RequestError(f"expected a loss that compares the two queries and supports of a task, got {left.shape}")
    same, different = measure(left[:, :, None], right[:, :, None])[:, :, 0, 0].unbind(1)
    return torch.stack([torch.stack([same, different], -1), torch.stack([different, same], -1)], 1)
