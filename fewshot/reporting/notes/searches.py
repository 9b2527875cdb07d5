"""Notes on searches: how values were chosen, and those at an end of their range."""

from collections.abc import Mapping, Sequence

from fewshot.reporting.columns import RATE
from fewshot.reporting.layout import Layout
from fewshot.reporting.summary import Method
from fewshot.suites.search.choice import END


def of_searches(methods: Sequence[Method], layout: Layout) -> list[str]:
    """On how searched values were chosen, on those that no column shows, and on the mark of those at an end."""
    searched = {method.label: choice for method in methods if (choice := method.choice)}
    by_search = _by({label: choice.search for label, choice in searched.items()})
    notes = [
        f"{', '.join(labels) if len(by_search) > 1 else 'searched rows'}: the best on val of {search}"
        for search, labels in by_search.items()
    ]
    keys = dict.fromkeys(key for choice in searched.values() for key in choice.values)
    for key in [key for key in keys if key != RATE or layout.is_pivot or RATE not in layout.rows]:
        chosen = _by({label: choice.text(key) for label, choice in searched.items() if key in choice.values})
        texts = [f"{text} ({'; '.join(labels)})" if len(chosen) > 1 else text for text, labels in chosen.items()]
        notes.append(f"chosen {key.removeprefix('options.')}: {', '.join(texts)}")
    if any(choice.ends for choice in searched.values()):
        notes.append(f"{END} the smallest or the largest of the values tried: a wider search may find a better one")
        wider = [f"{key.removeprefix('options.')} of {name}" for name, one in searched.items() for key in one.wider]
        if wider:
            notes[-1] += f", above all where the second best lies in the same outer quarter of them: {', '.join(wider)}"
    return notes


def _by(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The names that have each text."""
    found: dict[str, list[str]] = {}
    for name, text in texts.items():
        found.setdefault(text, []).append(name)
    return found
