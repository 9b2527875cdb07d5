"""The points of a search: every combination of lists of values, or a Sobol sequence over ranges and lists."""

import hashlib
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from fewshot.core.errors import RequestError

DIMENSIONS, MOST = 16, 1024  # keys and points of one search, at most
LARGEST = 1e300  # end of a range
DIGITS = 3  # significant ones of a value in a range, so that specs are readable and ids the same on every machine
BITS = 30  # of a coordinate
SCALES = ("linear", "log")
# Of each dimension the inner coefficients of a primitive polynomial, as binary digits, and the first direction numbers.
JOE_KUO = (
    (0, [1] * BITS), (0, [1]), (1, [1, 3]), (1, [1, 3, 1]), (2, [1, 1, 1]), (1, [1, 1, 3, 3]), (4, [1, 3, 5, 13]),
    (2, [1, 1, 5, 5, 17]), (4, [1, 1, 5, 5, 5]), (7, [1, 1, 7, 11, 19]), (11, [1, 1, 5, 1, 1]), (13, [1, 1, 1, 3, 11]),
    (14, [1, 3, 5, 5, 31]), (1, [1, 3, 3, 9, 7, 49]), (13, [1, 1, 1, 15, 21, 21]), (16, [1, 3, 1, 13, 27, 49]),
)  # fmt: skip


@dataclass(frozen=True)
class Range:
    """Numbers from `low` to `high`, evenly spread or, on the scale "log", their logarithms; `whole` ones alone or all.

    Raises `RequestError` for ends that are no range.
    """

    low: float
    high: float
    scale: str = "linear"
    whole: bool = False

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise RequestError(f"scale: expected one of {', '.join(SCALES)}, got {self.scale!r}", "scale")
        for name, end in (("low", self.low), ("high", self.high)):
            number = isinstance(end, int | float) and not isinstance(end, bool) and -LARGEST <= end <= LARGEST
            if not number or (self.whole and end != int(end)):
                expected = "a whole number" if self.whole else "a finite number"
                raise RequestError(f"{name}: expected {expected}, got {end!r}", name)
        if self.scale == "log" and self.low <= 0:
            raise RequestError(f'low: expected a number above 0 on the scale "log", got {self.low!r}', "low")
        if self.low >= self.high:
            raise RequestError(f"low: expected less than high, {self.high!r}, got {self.low!r}", "low")

    def at(self, share: float) -> float:
        """The value at a share, from 0 to 1, of the way from low to high."""
        if self.scale == "log":
            low, high = math.log(self.low), math.log(self.high)
            value = math.exp(low + (high - low) * share)
        else:
            edge = 0.5 if self.whole else 0.0  # so that the ends are met as often as any other whole number
            value = self.low - edge + (self.high - self.low + 2 * edge) * share
        value = float(f"{value:.{DIGITS}g}")
        value = min(max(round(value) if self.whole else value, self.low), self.high)
        return int(value) if self.whole else float(value)


Values = Mapping[str, Sequence | Range]  # that each key may have
Point = dict[str, object]  # a value for each key


def points(keys: Values, number: int | None = None) -> list[Point]:
    """The points to try: every combination of lists or, of ranges and of more than `number` combinations, so many."""
    if not has_range(keys) and (number is None or combinations(keys) <= number):
        return [dict(zip(keys, values, strict=True)) for values in itertools.product(*keys.values())]
    return _spread(keys, number)


def has_range(keys: Values) -> bool:
    """True if the values of a key are a range, which has no combinations."""
    return any(isinstance(values, Range) for values in keys.values())


def combinations(keys: Values) -> int:
    """The number of combinations of the lists among the values."""
    return math.prod(len(values) for values in keys.values() if not isinstance(values, Range))


def _spread(keys: Values, number: int) -> list[Point]:
    """So many points of the sequence, or fewer where two are the same: a key is a dimension.

    The values of a list are tried as evenly as the points allow, in the order of the points along its dimension.
    """
    shares = sobol(number)[:, : len(keys)].T
    columns = [
        [values.at(share) for share in column]
        if isinstance(values, Range)
        else [values[rank * len(values) // number] for rank in column.argsort().argsort().tolist()]
        for values, column in zip(keys.values(), shares, strict=True)
    ]
    found = [dict(zip(keys, values, strict=True)) for values in zip(*columns, strict=True)]
    return list({str(point): point for point in found}.values())


@lru_cache
def sobol(number: int) -> np.ndarray:
    """The first points of one fixed sequence, `[point dimension]`, each coordinate between 0 and 1.

    Every search takes its first dimensions, so that all losses meet the same values of the keys that they share. The
    sequence is Sobol's by the direction numbers of Joe and Kuo (SIAM J. Sci. Comput. 2008), in the order of Gray's code
    and of `scipy.stats.qmc.Sobol`, whose import takes a second; a shift of its binary digits scrambles it. No library's
    random numbers have a part in it, as those may change with a version.
    """
    columns = np.array([_directions(*one) for one in JOE_KUO])
    changed = [(place & -place).bit_length() - 1 for place in range(1, number)]  # the digit of Gray code
    digits = np.bitwise_xor.accumulate(np.hstack([np.zeros((DIMENSIONS, 1), np.int64), columns[:, changed]]), 1).T
    shift = [int(hashlib.sha256(f"fewshot search {one}".encode()).hexdigest(), 16) for one in range(DIMENSIONS)]
    return ((digits ^ np.array([one % 2**BITS for one in shift])) + 0.5) / 2**BITS


def _directions(polynomial: int, start: Sequence[int]) -> list[int]:
    """A dimension's direction numbers of `BITS` digits, from its primitive polynomial and its first numbers."""
    degree = len(start)
    found = [number << (BITS - 1 - place) for place, number in enumerate(start)]
    for place in range(degree, BITS):
        new = found[place - degree] ^ (found[place - degree] >> degree)
        for back in range(1, degree):
            new ^= found[place - back] * (polynomial >> (degree - 1 - back) & 1)
        found.append(new)
    return found
