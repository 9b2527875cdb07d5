"""The order of a table's rows in one column held against that in another: their rank correlation."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np

from fewshot.core.statistics.crossed import ROUNDING
from fewshot.core.statistics.multiple import holm
from fewshot.reporting.blocks import Block
from fewshot.reporting.comparisons.differences import Difference, differences, episodes_of
from fewshot.reporting.comparisons.findings import LONG
from fewshot.reporting.comparisons.notes import random_effects
from fewshot.reporting.pivot import Grid, TableCell

HEADER = ("order of rows", "and", "rows", "Kendall's τ", "pairs told apart on both", "of these in the same order")


@dataclass(frozen=True)
class Agreement:
    """Kendall's τ of the order of `methods` methods in two columns: pairs in the same order less those in reversed
    order, as a share of all (τ_a: a pair of equals counts for neither).

    `told_apart` pairs differ beyond chance in both columns, `same` of them in the same order. The interval takes every
    other pair for the same order, or for the reversed one; so it holds together with the 95 % of Holm's correction
    over the pairs of both columns.
    """

    methods: int
    tau: float
    low: float
    high: float
    told_apart: int
    same: int

    def __str__(self) -> str:
        return f"{self.tau:z.2f} ({self.low:z.2f} to {self.high:z.2f})".replace("-", "−")


def agreement(differences: np.ndarray, p_values: np.ndarray) -> Agreement:
    """The agreement of two columns by the differences of all pairs of methods in each and their p, `[column pair]`."""
    known = (holm(p_values.flatten()) <= 0.05).reshape(p_values.shape).all(0)
    signs = np.where(abs(differences) < ROUNDING, 0, np.sign(differences))
    order, pairs = signs.prod(0), differences.shape[1]
    sure, unsure, same = order[known].sum(), (~known).sum(), (order[known] > 0).sum()
    methods = round((1 + (1 + 8 * pairs) ** 0.5) / 2)
    low, high = float(sure - unsure) / pairs, float(sure + unsure) / pairs
    return Agreement(methods, float(order.mean()), low, high, int(known.sum()), int(same))


def agreement_block(grid: Grid) -> tuple[Block | None, list[str]]:
    """A line for each two columns that differ in one thing, of the trained rows in both, and a note; none of fewer
    than `LONG`."""
    lines, compared = [], []
    for columns in combinations(grid.columns, 2):
        if sum(mine != theirs for mine, theirs in zip(*columns, strict=True)) != 1:
            continue
        rows = [cells for line in grid.lines if _measured(cells := [grid.cells.get((line, one)) for one in columns])]
        found = [_differences(column) for column in zip(*rows, strict=True)]
        if len(rows) >= LONG and all(found):
            pairs = np.array([[(one.interval.mean, one.p) for one in column] for column in found])
            held = agreement(pairs[..., 0], pairs[..., 1])
            counts = map(str, (held.told_apart, held.same))
            lines.append((*map(", ".join, columns), str(held.methods), str(held), *counts))
            compared += chain(*found)
    return (Block(HEADER, tuple(lines), 2, caption="Order"), [_note(compared)]) if lines else (None, [])


def _note(compared: Sequence[Difference]) -> str:
    """What the block's words mean, for these differences."""
    words = list(dict.fromkeys(pair.word for pair in compared))
    return (
        "Kendall's τ: 1 where the rows stand in the same order in both columns, −1 where in reversed order; in its "
        "interval every pair that is not told apart in both columns, "
        f"{random_effects(words, [method for pair in compared for method in (pair.one, pair.other)])} "
        "(5 %, Holm over the pairs of both), may stand in either order"
    )


def _measured(cells: Sequence[TableCell | None]) -> bool:
    """True if there is a trained network's figure in each cell."""
    return all(cell and cell.method.records and cell.method.spec.training for cell in cells)


def _differences(column: Sequence[TableCell]) -> list[Difference]:
    """The differences of all pairs of a column's figures; none where they are not of the same episodes."""
    methods, task = [cell.method for cell in column], column[0].task
    same = len({episodes_of(cell.method, cell.task) for cell in column}) == 1
    return differences(methods, task) if same else []
