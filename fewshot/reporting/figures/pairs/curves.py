"""A curve of pairs for each method, of the scores of all its trainings."""

from collections.abc import Callable

from fewshot.reporting.comparisons.identities import failed_of, forgeries_of, of_role, scores_of
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import methods, of_folds, of_pairs, plain


def by_method(given: Given, fewest: float, curve: Callable[..., dict]) -> list[dict]:
    """A row for each method with `curve` of its scores, of its trainings' thresholds, and of a least rate: that of
    `fewest` different pairs where they are fewest. Of folds, each has as many trainings as all have."""
    scored = [of_role(record) for record in of_pairs(given.records)]
    least = max([fewest / (len(record.different) + failed_of(record)[1]) for record in scored], default=0.5)
    rows = []
    for method in methods(scored):
        each = method.even
        found = curve([*map(scores_of, each)], least, [record.points for record in each])
        forged = {"different": kind} if (kind := forgeries_of(method.records[0])) else {}
        of_trainings = {"seeds": len(each), **of_folds(method)}
        rows.append({**plain(method), **of_trainings, **forged, **found, "records": [one.id for one in each]})
    return rows
