"""p-values of several tests at once."""

import numpy as np

from fewshot.core.statistics.intervals import Numbers, finite


def holm(p_values: Numbers) -> np.ndarray:
    """p-values adjusted for multiple tests (Holm 1979): those at or below 0.05 are jointly significant at 5 %."""
    p = finite(p_values)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * np.arange(len(p), 0, -1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted
