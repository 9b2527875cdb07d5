"""The scores of same-class and of different-class pairs in one order, and how many of the other kind each exceeds."""

from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.crossed import Values, matrix


@dataclass(frozen=True)
class Ranks:
    """The scores of both kinds of pair, `[training pair]`, and of all pairs from the lowest, `[training place]`.

    `order` has the number of the pair at each place, same-class pairs first. From place `first` to before `last` stand
    those that tie with it, and `below` and `up_to` count the same-class pairs before these two places.
    """

    same: np.ndarray
    different: np.ndarray
    scores: np.ndarray
    order: np.ndarray
    first: np.ndarray
    last: np.ndarray
    below: np.ndarray
    up_to: np.ndarray

    @property
    def twice_beaten(self) -> np.ndarray:
        """Twice the number of pairs of the other kind that each pair exceeds, a tie counting half, `[training pair]`.

        Same-class pairs are first, then different-class pairs.
        """
        same = self.below + self.up_to
        beaten, found = np.where(self.order < self.same.shape[1], self.first + self.last - same, same), same
        np.put_along_axis(found, self.order, beaten, 1)
        return found


def rank(same: Values, different: Values) -> Ranks:
    """The ranks of scores of two kinds of pair, `[training pair]`.

    Raises `RequestError` unless they are finite or −infinity.
    """
    same, different = (np.asarray(scores, np.float64) for scores in (same, different))
    for scores in (same, different):
        matrix(np.where(np.isneginf(scores), 0.0, scores))
    both = np.hstack([same, different])
    order = both.argsort(1)
    place = np.arange(both.shape[1], dtype=np.int64)  # products of counts are beyond 32 bits
    scores = _at(both, order)
    apart = scores[:, 1:] != scores[:, :-1]
    first = np.maximum.accumulate(np.where(beside(apart, first=True), place, 0), 1)
    last = np.minimum.accumulate(np.where(beside(apart, last=True), place + 1, len(place))[:, ::-1], 1)[:, ::-1]
    before = beside((order < same.shape[1]).cumsum(1, dtype=np.int64), first=0)
    return Ranks(same, different, scores, order, first, last, _at(before, first), _at(before, last))


def _at(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.take_along_axis(values, places, 1)


def beside(values: np.ndarray, first: float | None = None, last: float | None = None) -> np.ndarray:
    """The values with a column before or behind them."""
    column = np.full((len(values), 1), last if first is None else first, values.dtype)
    return np.hstack([values, column] if first is None else [column, values])
