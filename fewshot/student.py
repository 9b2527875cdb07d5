"""Student's t distribution. scipy has it too, but takes longer to import than a table takes to build."""

import math
from functools import lru_cache

TINY, ENOUGH = 1e-300, 1e-15


def t_tail(t: float, freedom: int) -> float:
    """Probability that Student's t with so many degrees of freedom is above `t`, which is at least 0."""
    whole = freedom + t * t
    return 0.5 * _beta(freedom / 2, 0.5, freedom / whole, t * t / whole)


@lru_cache
def t_quantile(tail: float, freedom: int) -> float:
    """The t above which there is a probability of `tail`, which is at most one half: found by halving."""
    low, high = 0.0, 1.0
    while t_tail(high, freedom) > tail:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if t_tail(middle, freedom) > tail else (low, middle)
    return high


def _beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularised incomplete beta function at x = 1 − `rest`, on the side where its fraction converges fast."""
    if rest == 0:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest))
    if x < (a + 1) / (a + b + 2):
        return front / (a * _fraction(a, b, x))
    return 1 - front / (b * _fraction(b, a, rest))


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of the incomplete beta function (DLMF 8.17.22), from its top by Lentz's method."""
    value = upper = 1.0
    lower = 0.0
    step = 0
    while abs(upper * lower - 1) > ENOUGH or not step:
        step += 1
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        lower = 1 / ((1 + term * lower) or TINY)
        upper = (1 + term / upper) or TINY
        value *= upper * lower
    return value
