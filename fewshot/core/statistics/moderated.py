"""Variances that borrow strength from each other: each drawn towards their common value by as much as they resemble it.

The empirical Bayes estimate of Smyth, Statistical Applications in Genetics and Molecular Biology 2004. Variances with
few degrees of freedom are of little use each on its own, and a single pooled one is false where they differ.
"""

import numpy as np

TRUST = 0.5  # of the common value's degrees of freedom where variances differ, as these are an estimate themselves
LEAST = 1e-4  # of the median: smaller variances are taken as this


def moderated(variances: np.ndarray, degrees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Moderated variances and their degrees of freedom, of `[method]` variances and degrees.

    Fewer than three, or where half of them are 0, stay as they are.
    """
    from scipy.special import polygamma, psi

    middle = np.median(variances) if len(variances) else 0.0
    if len(variances) < 3 or not middle:
        return variances, degrees
    variances = np.maximum(variances, LEAST * middle)
    logs = np.log(variances) - psi(degrees / 2) + np.log(degrees / 2)
    apart = logs.var(ddof=1) - polygamma(1, degrees / 2).mean()  # of the true variances' logarithms
    if apart <= 0:
        common = (degrees * variances).sum() / degrees.sum()
        return np.full_like(variances, common), np.full_like(variances, degrees.sum())
    half = _trigamma_inverse(apart)  # of the common value's degrees of freedom
    common = np.exp(logs.mean() + psi(half) - np.log(half))
    prior = TRUST * 2 * half
    drawn = (prior * common + degrees * variances) / (prior + degrees)
    return drawn, np.minimum(prior + degrees, degrees.sum())


def _trigamma_inverse(value: float) -> float:
    """The argument at which the trigamma function has a positive value, by Newton's method on its reciprocal."""
    from scipy.special import polygamma

    if value > 1e7:
        return 1 / np.sqrt(value)
    found = 0.5 + 1 / value
    for _ in range(50):
        there = polygamma(1, found)
        step = there * (1 - there / value) / polygamma(2, found)
        found += step
        if -step < 1e-8 * found:
            break
    return float(found)
