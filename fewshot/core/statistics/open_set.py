"""Open set: queries of known classes told from queries of others, by the score of each query's best known class."""

import numpy as np


def open_set_area(known: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Each task's ROC area: the probability that a known query scores above an unknown one, a tie counting half.

    Scores are `[task known]` and `[task unknown]`.

    >>> from fewshot.core.statistics.open_set import open_set_area
    >>> open_set_area(np.array([[3.0, 2.0]]), np.array([[1.0, 2.0]]))
    array([0.875])
    """
    return _above(known, unknown).mean((1, 2))


def open_set_classification_rate(known: np.ndarray, right: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """Each task's OSCR: the area under the share of known queries that are accepted and right, by the share of unknown
    queries accepted, over all thresholds (Dhamija et al. 2018).

    `right`, `[task known]`, is 1 for a query whose own class has the best score, 0 for others, and a share where
    classes tie. Queries of one score are accepted together, so that the curve is straight between two thresholds. OSCR
    is at most the ROC area and at most the accuracy on the known queries.

    >>> from fewshot.core.statistics.open_set import open_set_classification_rate
    >>> open_set_classification_rate(np.array([[3.0, 2.0]]), np.array([[1.0, 0.0]]), np.array([[1.0, 2.0]]))
    array([0.5])
    """
    return (right[:, :, None] * _above(known, unknown)).mean((1, 2))


def _above(known: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """`[task known unknown]`: 1 where a known query scores above an unknown one, ½ where they tie, 0 where below."""
    return (1 + np.sign(known[:, :, None] - unknown[:, None])) / 2
