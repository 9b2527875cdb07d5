"""Searched methods by their default values beside the chosen ones: the accuracy on val of both."""

from collections.abc import Sequence

from fewshot.core.statistics.intervals import points
from fewshot.reporting.blocks import Block
from fewshot.reporting.summary import Method

HEADER = ("method", "defaults, val", "searched, val", "gain")


def tuning_block(methods: Sequence[Method]) -> Block | None:
    """A line for each method whose default values were measured, the largest gain first; None without any."""
    lines = []
    for method in sorted(methods, key=lambda one: -(gain_of(one) or 0.0)):
        if (gain := gain_of(method)) is not None:
            before, after = (f"{100 * score:.1f}" for score in (method.choice.untuned, method.choice.score))
            lines.append((method.label, before, after, in_points(gain)))
    return Block(HEADER, tuple(lines), caption="Tuning") if lines else None


def gain_of(method: Method) -> float | None:
    """The accuracy on val that a search has added to that of the default values; None where one is not known."""
    choice = method.choice
    return None if not choice or None in (choice.untuned, choice.score) else choice.score - choice.untuned


def in_points(gain: float) -> str:
    """A gain as the table and the figure print it: "+8.6"."""
    return f"{points(gain):+.1f}".replace("-", "−")


def of_tuning(methods: Sequence[Method]) -> list[str]:
    """A note on the block."""
    searches = [method.choice.search for method in methods if method.choice and gain_of(method) is not None]
    if not searches:
        return []
    kinds = dict.fromkeys("one training a fold" if " folds of " in one else "one training" for one in searches)
    return [
        f"defaults, val: {' or '.join(kinds)} without the search, by the values of the suite or else the "
        "package's defaults, with as many steps as the chosen values had; searched, val: the best of several by this "
        "very figure, so a little high"
    ]
