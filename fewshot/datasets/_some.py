"""Many names in one message: how many there are, and the first few."""

from collections.abc import Iterable


def some(names: Iterable[str], limit: int = 3) -> str:
    """How many there are, and the first few: "20 (a, b, c, …)"."""
    names = list(names)
    return f"{len(names):,} ({', '.join(names[:limit])}{', …' if len(names) > limit else ''})"
