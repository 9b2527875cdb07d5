"""The block of equal errors with several references of a class, by rule and number, and notes on it."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from fewshot.core.spec.names import CALLED
from fewshot.core.statistics.influences import PairFigure
from fewshot.core.statistics.intervals import Interval, t_interval
from fewshot.core.statistics.pairs import Identities
from fewshot.reporting.blocks import Block
from fewshot.reporting.cells import half
from fewshot.reporting.columns import NONE
from fewshot.reporting.summary import Method
from fewshot.reporting.verification.block import CAPTION


def block_of(methods: Sequence[Method]) -> Block | None:
    """A line for each method, kind of forgery and rule, with a column for each number; None without any."""
    lines, numbers = (
        [],
        sorted({one for method in methods for *_, found in _measured(method) for one in found}, key=int),
    )
    for method in methods:
        for role, rule, found in _measured(method):
            texts = (_text(method, role, rule, number) if number in found else NONE for number in numbers)
            lines.append((method.label, CALLED[role], rule.replace("_", " "), *texts))
    header = (f"{number} reference{'s' * (number != '1')}" for number in numbers)
    return Block(("equal error", "against", "rule", *header), tuple(lines), 3, caption=CAPTION) if lines else None


def notes_of(methods: Sequence[Method]) -> list[str]:
    """On the draws, the intervals and the rules that val chose."""
    with_some = [one for one in methods if _measured(one)]
    if not with_some:
        return []
    notes = [
        "references: drawn ten times for each class, and compared with all its other images, with its forgeries and "
        "with the images of all other classes, at one threshold for all; with one reference the rules are one"
    ]
    chosen = {one.label: Counter(record.rule for record in one.records if record.rule) for one in with_some}
    words = [
        f"{label}: "
        + ", ".join(
            f"{rule.replace('_', ' ')} ({times} of {sum(rules.values())})" for rule, times in rules.most_common()
        )
        for label, rules in chosen.items()
        if rules
    ]
    return [*notes, *([f"rule for several references that val chose: {'; '.join(words)}"] if words else [])]


def tidy_values(method: Method) -> dict[str, str]:
    """The equal errors as columns of a table's CSV: "equal_error_forged_mean_score_3"."""
    return {
        f"equal_error_{role}_{rule}_{number}": f"{_equal_error(method, role, rule, number).mean:.4f}"
        for role, rule, found in _measured(method)
        for number in found
    }


def _measured(method: Method) -> list[tuple[str, str, list[str]]]:
    """Each role and rule with the numbers of references that all records of a method have, if any."""
    first, *others = (one.references for one in method.records)
    every = [
        (role, rule, [one for one in found if all(one in other.get(role, {}).get(rule, {}) for other in others)])
        for role, rules in first.items()
        for rule, found in rules.items()
    ]
    return [one for one in every if one[2]]


def _text(method: Method, role: str, rule: str, number: str) -> str:
    found = _equal_error(method, role, rule, number)
    return f"{100 * found.mean:.1f} ({half(found)})" if not method.folds else str(found)


def _equal_error(method: Method, role: str, rule: str, number: str) -> Interval:
    """The mean over trainings with its interval over classes and trainings, or over folds."""
    if method.folds:
        return t_interval(method.by_fold(lambda one: float(np.mean(one.references[role][rule][number]))))
    values = np.array([one.references[role][rule][number] for one in method.records])
    means = values.mean(1)
    halves = np.repeat((values - means[:, None]) / values.shape[1] / 2, 2, 1)  # a class is no single pair
    whose = np.repeat(np.arange(values.shape[1]), 2)
    return Identities(whose, []).interval(PairFigure(means, halves, len(method.records[0].same)))
