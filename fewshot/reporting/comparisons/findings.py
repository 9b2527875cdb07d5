"""A long table in one paragraph: the best, all that is not told apart from it, gains by tuning, and failures."""

from collections.abc import Sequence

from fewshot.records.training_notes import collapsed
from fewshot.reporting.cells import with_classes
from fewshot.reporting.comparisons.differences import best_of, episodes_of, not_worse_than_best
from fewshot.reporting.comparisons.tuning import gain_of
from fewshot.reporting.summary import Method

LONG = 8  # trained rows of a table with a paragraph
MANY = 12  # names in a sentence, more are counted


def of_findings(methods: Sequence[Method]) -> list[str]:
    """The paragraph, of the trained methods; nothing where fewer than `LONG` are recorded."""
    trained = [method for method in methods if method.spec.training]
    recorded = [method for method in trained if method.records]
    if len(recorded) < LONG:
        return []
    alike: dict[tuple, list[Method]] = {}
    for method in recorded:
        for task in method.accuracy:
            alike.setdefault(episodes_of(method, task), []).append(method)
    sentences = [_on_best(some, task) for (task, *_), some in alike.items() if len(some) > 1]
    return ["in short: " + "; ".join(filter(None, [*sentences, _on_gains(recorded), _on_failures(trained)]))]


def _on_best(methods: Sequence[Method], task: str) -> str:
    """The best of methods on the same episodes, and those that are not worse beyond chance."""
    best = best_of(methods, task)
    stars = zip(methods, not_worse_than_best(methods, task), strict=True)
    near = sorted((one for one, star in stars if star and one is not best), key=lambda one: -one.accuracy[task].mean())
    names = ", ".join(one.label for one in near) if len(near) <= MANY else f"{len(near)} others"
    all_others = "the other" if len(methods) == 2 else f"all {len(methods) - 1} others"
    told = f"not told apart from it: {names}" if near else f"told apart from {all_others}"
    return f"on {task} the best trained row of {len(methods)} is {best.label}, {with_classes(best, task)}, {told}"


def _on_gains(methods: Sequence[Method]) -> str:
    """The largest and the smallest gain by tuning."""
    known = sorted((gain, one.label, one) for one in methods if (gain := gain_of(one)) is not None)
    if len(known) < 2:
        return ""
    (least, lowest, _), (most, highest, method) = known[0], known[-1]
    before, after = 100 * method.choice.untuned, 100 * method.choice.score
    middle = 100 * known[len(known) // 2][0]
    return (
        f"tuning moves val by {100 * least:+.1f} ({lowest}) to {100 * most:+.1f} points ({highest}, from {before:.1f} "
        f"to {after:.1f}), by {middle:+.1f} in the middle of {len(known)}"
    ).replace("-", "−")


def _on_failures(methods: Sequence[Method]) -> str:
    """The methods that never trained: each of their trainings collapsed or failed."""
    never = [
        method.label
        for method in methods
        if all(map(collapsed, method.records)) and (method.records or any("failed" in why for _, why in method.missing))
    ]
    return f"never trained: {', '.join(never)}" if never else "no row's trainings ended at chance"
