"""Notes on searches: how values were chosen, and those at an end of their range."""

from collections.abc import Mapping, Sequence

from fewshot.reporting.columns import RATE
from fewshot.reporting.layout import Layout
from fewshot.reporting.summary import Method
from fewshot.suites.search.choice import END


def of_searches(methods: Sequence[Method], layout: Layout) -> list[str]:
    """On how searched values were chosen, on those that the rows do not show, and on those at an end and their mark."""
    searched = {method.label: choice for method in methods if (choice := method.choice)}
    shown = {method.label: _shown(method, layout) for method in methods}
    by_search = _by({label: choice.search for label, choice in searched.items()})
    notes = [
        f"{', '.join(labels) if len(by_search) > 1 else 'searched rows'}: the best on val of {search}"
        for search, labels in by_search.items()
    ]
    keys = dict.fromkeys(key for choice in searched.values() for key in choice.values)
    for key in [key for key in keys if key != RATE or layout.is_pivot or RATE not in layout.rows]:
        chosen = {label: choice.text(key) for label, choice in searched.items() if key in choice.values}
        told = {label: text for label, text in chosen.items() if text.endswith(END) or not key.startswith(shown[label])}
        alone = len(set(chosen.values())) == 1
        texts = [text if alone else f"{text} ({'; '.join(labels)})" for text, labels in _by(told).items()]
        notes += [f"chosen {key.removeprefix('options.')}: {', '.join(texts)}"] if texts else []
    if any(choice.ends for choice in searched.values()):
        notes.append(f"{END} the smallest or the largest of the values tried: a wider search may find a better one")
        wider = [f"{key.removeprefix('options.')} of {name}" for name, one in searched.items() for key in one.wider]
        if wider:
            notes[-1] += f", above all where the second best lies in the same outer quarter of them: {', '.join(wider)}"
    return notes


def _shown(method: Method, layout: Layout) -> tuple[str, ...]:
    """The beginnings of the keys whose values stand in a method's row, where they are not the defaults."""
    parts = {"method": method.spec.loss or method.spec.learner, "similarity": method.spec.similarity}
    rows = () if layout.is_pivot else layout.rows
    return tuple(f"options.{part.name}." for key, part in parts.items() if part and key in rows)


def _by(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The names that have each text."""
    found: dict[str, list[str]] = {}
    for name, text in texts.items():
        found.setdefault(text, []).append(name)
    return found
