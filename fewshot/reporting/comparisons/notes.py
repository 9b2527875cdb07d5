"""Notes on the intervals and the stars of a table."""

from collections import Counter
from collections.abc import Sequence

from fewshot.core.spec.names import VERIFICATION
from fewshot.core.statistics.crossed import ROUNDING
from fewshot.reporting.columns import NONE
from fewshot.reporting.comparisons.differences import Difference, episodes_of, on_same_units
from fewshot.reporting.comparisons.units import are_official
from fewshot.reporting.summary import Method

OF_NONE = "of 0 and of 100 % it takes pairs as independent, as no error tells how units differ"


def of_intervals(methods: Sequence[Method], pairs: bool) -> list[str]:
    """On both half-widths of a figure, and on all that they leave out; with `pairs`, figures of pairs are shown too."""
    if folded := [method for method in methods if method.folds]:
        rest = [method for method in methods if not method.folds]
        return [*(of_intervals(rest, pairs) if rest else []), *_on_folds(folded, pairs)]
    tasks = list(dict.fromkeys(task for method in methods for task in method.accuracy))
    keys = {episodes_of(method, task) for method in methods for task in method.accuracy}
    same = ", the same for every method" if len(keys) == len(tasks) else ""
    found = [method.units(task) for method in methods for task in method.accuracy]
    units = list(dict.fromkeys(f"{one.word} (n = {len(one.names):,})" for one in found if one))
    over = f"episodes{_kinds(methods, tasks)}"
    notes = [f"accuracy in % ± half-width of the 95 % interval over n {over}{same}, with classes and trainings fixed"]
    notes += _on_brackets(units, methods, pairs)
    if None in found or (pairs and not all(method.pairs for method in methods)):
        notes.append(f"({NONE}): not known, as {_why(methods, pairs)}")
    return [*notes, *_on_no_spread(methods), *_on_trainings(methods)]


def _kinds(methods: Sequence[Method], tasks: Sequence[str]) -> str:
    """What the episodes are that are no drawn tasks: official runs, of which kinds where others are drawn, or pairs."""
    official = [
        task for task in tasks if any(are_official(one.records[0], task) for one in methods if task in one.accuracy)
    ]
    drawn = set(tasks) - {*official, VERIFICATION}
    of = f" on {', '.join(official)}" if drawn else ""
    kinds = [*([f"official runs{of}"] if official else []), *(["pairs"] if VERIFICATION in tasks else [])]
    return f" ({', '.join(kinds)})" if kinds else ""


def _on_brackets(units: Sequence[str], methods: Sequence[Method], pairs: bool) -> list[str]:
    """On the wider interval: of tasks over `units`, and of figures of `pairs` that are shown over theirs."""
    known = [found.area for one in methods if (found := one.pairs)] if pairs else []
    own = list(dict.fromkeys(f"{one.word} (n = {len(one.names):,})" for one in known))
    over = f", {random_effects(own, methods)}" if own != units else ""
    words = [
        *([f"half-width {random_effects(units, methods)}, for others too"] if units else []),
        *([f"of pairs both ends, as it is not symmetric{over}"] if own else []),
        *([OF_NONE] if any(value in (0, 1) for one in methods for value in _of_pairs(one, pairs)) else []),
    ]
    return [f"in brackets: {'; '.join(words)}"] if words else []


def _of_pairs(method: Method, shown: bool) -> list[float]:
    """A method's figures of pairs that have an interval over identities: its accuracy, and others where `shown`."""
    if not (found := method.pairs):
        return []
    figures = [*([found.area, found.equal_error] if shown else []), *([found.right] if found.right else [])]
    return [figure.mean for figure in figures]


def _on_no_spread(methods: Sequence[Method]) -> list[str]:
    """On figures whose episodes all have one value, such as those of a method that is always right."""
    found = [
        f"{one.label} on {task}"
        for one in methods
        for task, values in one.accuracy.items()
        if len(values) > 1 and values.max() - values.min() < ROUNDING
    ]
    return [f"every episode has the same value, so that ± 0.0 is no certainty: {', '.join(found)}"] if found else []


def _on_folds(methods: Sequence[Method], pairs: bool) -> list[str]:
    """On figures that are means over folds, their intervals, and the form in which LFW's tables have them."""
    counts = " or ".join(map(str, sorted({len(method.folds) for method in methods})))
    shown = ", as are ROC area and equal error" if pairs else ""
    return [
        f"accuracy in %, the mean of {counts} folds ± half-width of its 95 % interval over these{shown}: a fold has "
        "classes and a network of its own, so that the interval counts both, but not that the networks share images",
        "mean ± standard error over folds: "
        + "; ".join(
            f"{one.label} {100 * one.accuracy[task].mean():.2f} ± {100 * one.standard_error(task):.2f} on {task}"
            for one in methods
            for task in one.accuracy
        ),
    ]


def of_stars(methods: Sequence[Method], sign: str, among: str) -> str:
    """On the mark of the best; `among` is of those that are compared."""
    groups: dict[tuple, list[Method]] = {}
    for method in methods:
        for task in method.accuracy:
            groups.setdefault(episodes_of(method, task), []).append(method)
    words, without = {}, {}
    for (task, *_), group in groups.items():
        known = [method for method in group if method.units(task)]
        if known and len(known) < len(group):
            without |= dict.fromkeys(method.label for method in group if method not in known)
        if len(known or group) > 1:
            words |= {on_same_units(known or group, task)[0].word: None}
    silent = f"; no star where no answers by class are known: {', '.join(without)}" if without else ""
    return (
        f"{sign} the best{among}, or not worse than it beyond chance, {random_effects(list(words), methods)} "
        f"(Hsu's comparisons with the best, 5 %){silent}"
    )


def of_differences(found: Sequence[Difference], sign: str) -> list[str]:
    """On paired differences, and on the mark of methods that are told apart, if there is one."""
    methods = list({one.spec.id: one for pair in found for one in (pair.one, pair.other)}.values())
    random = random_effects(list(dict.fromkeys(f"{one.word} (n = {one.interval.n:,})" for one in found)), methods)
    if not sign:
        halves = f"± over episodes, with classes and trainings fixed; in brackets {random}"
        return [f"differences in points, paired; half-widths of 95 % intervals, {halves}", *_on_trainings(methods)]
    counts = {*Counter(episodes_of(one.one, one.task) for one in found).values()}
    several = f"all {counts.pop()} pairs" if len(counts) == 1 else "all pairs"
    joint = f", by Holm over {several} of methods on the same episodes" if several != "all 1 pairs" else ""
    return [
        f"row − column in points, paired; ± half-width of the 95 % interval {random}",
        f"{sign} told apart: a difference beyond chance at 5 %{joint}",
        *_on_trainings(methods),
    ]


def random_effects(units: Sequence[str], methods: Sequence[Method]) -> str:
    """The phrase for all that an interval counts as drawn at random."""
    again = any(method.again for method in methods)
    return f"with {', '.join(units)}{' and trainings' if again else ''} as random effects"


def _on_trainings(methods: Sequence[Method]) -> list[str]:
    trained = [method for method in methods if method.spec.training and not method.folds]
    once = [method for method in trained if len(method.records) == 1]
    if not once:
        return []
    whose = "" if len(once) == len(trained) else f" of {', '.join(method.label for method in once)}"
    what = "ensemble" if all(method.spec.members for method in once) else "training"
    but = (
        ", but for stars: these take it to vary as the others do" if whose and any(one.again for one in trained) else ""
    )
    return [f"one {what}{whose}: differences between trainings are not counted{but}"]


def _why(methods: Sequence[Method], pairs: bool) -> str:
    """The reasons why some half-widths are not known; of figures of pairs too where `pairs` are shown."""
    asked = [(one, task) for one in methods for task in one.accuracy if task != VERIFICATION and not one.units(task)]
    answered = {all(task in record.answers for record in one.records) for one, task in asked}
    compared = [one for one in methods if not one.pairs and (pairs or VERIFICATION in one.accuracy)]
    named = {all(record.pair_classes for record in one.records) for one in compared}
    reasons = {
        "the records hold no answers by class": False in answered | named,
        "every task has all classes": True in answered,
        "any two pairs of a kind have a class in common": True in named,
    }
    return " or ".join(reason for reason, true in reasons.items() if true)
