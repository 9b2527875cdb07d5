"""A long table in one paragraph: the best, all that is not worse than it, gains by tuning, and failures."""

from collections.abc import Sequence
from statistics import median

from fewshot.records.training_notes import collapsed
from fewshot.reporting.cells import with_classes
from fewshot.reporting.columns import TASK, phrase
from fewshot.reporting.comparisons.differences import Stars, best_of, comparable, episodes_of, not_worse_than_best
from fewshot.reporting.comparisons.tuning import gain_of, in_points
from fewshot.reporting.summary import Method

LONG = 8  # trained rows of a table with a paragraph
FEW = 4  # columns with a sentence each, whatever their rows
MANY = 12  # names in a sentence, more are counted


def of_findings(methods: Sequence[Method], columns: Sequence[str] = (), stars: Stars | None = None) -> list[str]:
    """The paragraph, of the trained methods; nothing where fewer than `LONG` are recorded.

    Of a table with `columns` of more than tasks, each has its own stars and a sentence; of many, the long ones alone.
    `stars` are those known already, as in `not_worse_than_best`.
    """
    trained = [method for method in methods if method.spec.training]
    recorded = [method for method in trained if method.records]
    if len(recorded) < LONG:
        return []
    alike: dict[tuple, list[Method]] = {}
    for method in methods:
        for task in method.accuracy if method.records else ():
            texts = method.unsearched.texts
            column = ", ".join(phrase(key, texts[key]) for key in columns if key != TASK)
            alike.setdefault((column, *episodes_of(method, task)), []).append(method)
    least = LONG if columns and len(alike) > FEW else 2
    sentences = [_on_best(some, task, column, least, stars) for (column, task, *_), some in alike.items()]
    found = "; ".join(filter(None, [*sentences, _on_gains(recorded), _on_failures(trained)]))
    return [f"in short: {found}"] if found else []


def _on_best(methods: Sequence[Method], task: str, column: str, least: int, stars: Stars | None) -> str:
    """The best trained one of methods on the same episodes, `least` at least, and those that share its star there.

    To be told apart by the matrix of differences is another matter: it asks about every pair, the star about the best.
    """
    trained = [method for method in methods if method.spec.training]
    if len(trained) < least:
        return ""
    best = best_of(trained, task)
    compared = comparable(methods if best_of(methods, task) is best else trained, task)
    known = [one for one in trained if any(one is other for other in compared)]
    place = f"{task}{f' in the column {column}' if column else ''}"
    found = f"on {place} the best trained row of {len(trained)} is {best.label}, {with_classes(best, task)}"
    if len(known) < 2 or not any(one is best for one in known):
        return f"{found}, which is not compared with the others, as not all records hold answers by class"
    starred = [one for one, star in zip(compared, not_worse_than_best(compared, task, stars), strict=True) if star]
    near = [one for one in starred if one.spec.training and one is not best]
    near.sort(key=lambda one: -one.accuracy[task].mean())
    names = ", ".join(one.label for one in near) if len(near) <= MANY else f"{len(near)} others"
    others = "the other is" if len(known) == 2 else f"all {len(known) - 1} others are"
    told = f"not worse than it beyond chance: {names}" if near else f"{others} worse beyond chance"
    if 1 < len(near) == len(known) - 1:
        told = f"none of the {len(near)} others is worse than it beyond chance"
    silent = ", ".join(one.label for one in trained if not any(one is other for other in known))
    return f"{found}, {told}" + (f" (not compared, as no answers by class are known: {silent})" if silent else "")


def _on_gains(methods: Sequence[Method]) -> str:
    """The largest and the smallest gain by tuning."""
    known = sorted((gain, one.label, one) for one in methods if (gain := gain_of(one)) is not None)
    if len(known) < 2:
        return ""
    (least, lowest, _), (most, highest, method) = known[0], known[-1]
    before, after = 100 * method.choice.untuned, 100 * method.choice.score
    middle = median(gain for gain, *_ in known)
    return (
        f"tuning moves val by {in_points(least)} ({lowest}) to {in_points(most)} points ({highest}, from {before:.1f} "
        f"to {after:.1f}), by {in_points(middle)} in the middle of {len(known)}"
    )


def _on_failures(methods: Sequence[Method]) -> str:
    """The methods that never trained: each of their trainings collapsed or failed. Old records do not tell."""
    never = [
        method.label
        for method in methods
        if (method.records or method.missing)
        and all(map(collapsed, method.records))
        and all("failed" in why for _, why in method.missing)
    ]
    if never:
        return f"never trained: {', '.join(never)}"
    known = all(record.facts.get("looks") for method in methods for record in method.records)
    return "no row's trainings all ended at chance" if known else ""
