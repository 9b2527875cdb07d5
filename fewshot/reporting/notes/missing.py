"""Notes on methods of which seeds or folds are missing or failed."""

from collections.abc import Sequence

from fewshot.core.spec.evaluation import fold_of
from fewshot.reporting.layout import Layout
from fewshot.reporting.summary import Method
from fewshot.suites.status import MISSING


def of_missing(methods: Sequence[Method], layout: Layout | None = None) -> list[str]:
    """On methods of which seeds or folds are missing or failed, where the cells do not show it."""
    found = []
    for method in methods:
        there, whys = len(method.records), {why for _, why in method.missing}
        each = "; ".join(f"{run} {why}" for run, why in method.missing)
        if there and each:
            many = "seeds" if not fold_of(method.spec) else "runs" if method.again else "folds"
            found.append(f"{method.label}: from {there} of {there + len(method.missing)} {many}; {each}")
        elif len(whys) > 1:
            found.append(f"{method.label}: {each}")
        elif layout and layout.is_pivot and whys - {MISSING}:
            found.append(f"{method.label}: {method.why}")
    return found
