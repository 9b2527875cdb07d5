"""Short names of the methods of a figure: a loss or learner, and what tells it from others of its network."""

from collections import Counter
from collections.abc import Iterator, Sequence

from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import entries
from fewshot.registry.source import KINDS
from fewshot.reporting.columns import KEYS, NONE, phrase, several, texts

VARIED = ("protocol", "size", "learn", "steps")  # shown wherever the trained methods of a figure differ in them
OTHERS = tuple(key for key in KEYS if key not in ("method", "loss", "learner", "similarity", "backbone", *VARIED))
PARTS = ("loss", "learner", "similarity")


def names(specs: Sequence[RunSpec]) -> list[str]:
    """For each method a name that no other of its network has: "triplet", "5 × triplet", "verification, pairs=all".

    Options are left out, but for the first that tells methods of one name apart; if none does, the name ends in the
    first digits of the id.
    """
    every = [texts(spec) for spec in specs]
    trained = [one for spec, one in zip(specs, every, strict=True) if spec.training]
    varied = [key for key in VARIED if len({one[key] for one in trained}) > 1]
    sizes = ["size"] if len({one["size"] for one in every}) > 1 else []
    found = []
    for spec, one in zip(specs, every, strict=True):
        shown = [phrase(key, one[key]) for key in (varied if spec.training else sizes)]
        found.append((one["network"] if spec.training else "", ", ".join([several(spec, one["loss"]), *shown])))
    for same in [one for one, times in Counter(found).items() if times > 1]:
        places = [place for place, one in enumerate(found) if one == same]
        for place, own in zip(places, _apart([specs[place] for place in places]), strict=True):
            found[place] = (same[0], ", ".join([same[1], *own]))
    times = Counter(found)
    return [f"{one[1]} [{spec.id[:6]}]" if times[one] > 1 else one[1] for spec, one in zip(specs, found, strict=True)]


def _apart(specs: Sequence[RunSpec]) -> list[list[str]]:
    """For each of some methods of one name the first phrases that tell it from the others."""
    facets = [dict(_facets(spec)) for spec in specs]
    found: list[list[str]] = [[] for _ in specs]
    for key in dict.fromkeys(key for one in facets for key in one):
        if len({tuple(own) for own in found}) == len(found):
            break
        values = [one.get(key, "") for one in facets]
        if len({(*own, value) for own, value in zip(found, values, strict=True)}) > len({tuple(own) for own in found}):
            for own, value in zip(found, values, strict=True):
                own += [value] if value else []
    return found


def _facets(spec: RunSpec) -> Iterator[tuple[str, str]]:
    """A method's properties by name, as phrases; options that are words before those that are numbers."""
    options = [(kind, key, value) for kind in PARTS for key, value in _options(spec, kind)]
    words = [one for one in options if isinstance(one[2], str | bool)]
    words.sort(key=lambda one: one[1] != "pairs")
    yield from ((f"{kind} {key}", f"{key}={value}") for kind, key, value in words if kind != "similarity")
    yield "similarity", spec.similarity.name if spec.similarity else ""
    for key, text in texts(spec).items():
        if key in OTHERS and text != NONE:
            yield key, phrase(key, text)
    rest = [one for one in options if one not in words or one[0] == "similarity"]
    yield from ((f"{kind} {key}", f"{key}={value}") for kind, key, value in rest)


def _options(spec: RunSpec, kind: str) -> list[tuple[str, object]]:
    """A part's options with their values, its defaults too."""
    if not (part := getattr(spec, kind)):
        return []
    known = entries(KINDS[kind])
    entry = known.get(part.name.partition(":")[0])
    return [*({**entry.options, **part.options} if entry else part.options).items()]
