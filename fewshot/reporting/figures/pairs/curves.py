"""A curve of pairs for each method, of the scores of all its trainings."""

from collections.abc import Callable

from fewshot.reporting.comparisons.identities import forgeries_of, of_role
from fewshot.reporting.figures.given import Given
from fewshot.reporting.figures.methods import ids, methods, of_folds, plain


def by_method(given: Given, fewest: float, curve: Callable[..., dict]) -> list[dict]:
    """A row for each method with `curve` of its scores, of its trainings' thresholds, and of a least rate: that of
    `fewest` different pairs where they are fewest."""
    scored = [of_role(record) for record in given.records if record.same and record.different]
    least = max([fewest / len(record.different) for record in scored], default=0.5)
    rows = []
    for method in methods(scored):
        scores = [(record.same, record.different) for record in method.records]
        found = curve(scores, least, [record.points for record in method.records])
        forged = {"different": kind} if (kind := forgeries_of(method.records[0])) else {}
        of_trainings = {"seeds": len(method.records), **of_folds(method)}
        rows.append({**plain(method), **of_trainings, **forged, **found, "records": ids(method)})
    return rows
