"""Labels that tell the methods of a table, the methods of a figure and the runs of a plan apart."""

from collections.abc import Sequence

from fewshot.core.spec import RunSpec
from fewshot.reporting.columns import KEYS, NONE, RECIPE, phrase, texts

PARTS = ("method", "similarity", "network")
VARIED = ("protocol", "size", "learn", "steps")  # shown wherever the trained methods of a figure differ in them
OF_TABLES = tuple(key for key in KEYS if key not in ("method", "loss", "backbone"))
OF_FIGURES = (*VARIED, *(key for key in OF_TABLES if key not in (*VARIED, *PARTS, "learner")))
OF_RUNS = ("size", "learn", "steps", "pairs", "copies", *RECIPE, "protocol")


def table_labels(specs: Sequence[RunSpec]) -> list[str]:
    """Each method's name, and where several share it, also what they differ in: "triplet, 600 steps"."""
    every = [texts(spec) for spec in specs]
    return [", ".join([one["method"], *_phrases(one, _apart(one, every, ("method",), OF_TABLES))]) for one in every]


def run_labels(specs: Sequence[RunSpec]) -> list[str]:
    """Each run in a few words: "triplet, euclidean, conv4, seed 0"."""
    found, every = [], [texts(spec) for spec in specs]
    for spec, one in zip(specs, every, strict=True):
        parts, more = [one[key] for key in PARTS], _phrases(one, _apart(one, every, PARTS, OF_RUNS))
        found.append(", ".join([*parts, *more, f"seed {spec.seed}"] if spec.training else [*parts[:2], *more]))
    return found


def figure_labels(specs: Sequence[RunSpec]) -> list[str]:
    """For each method a label that no other of its network has: if need be it ends in the first digits of the id."""
    every = [texts(spec) | ({} if spec.training else {"network": ""}) for spec in specs]
    varied = _apart({}, [one for spec, one in zip(specs, every, strict=True) if spec.training], (), VARIED)
    found = []
    for spec, one in zip(specs, every, strict=True):
        keys = {*_apart(one, every, PARTS, OF_FIGURES), *(varied if spec.training else ["size"])}
        words = [one["method"], one["similarity"], *_phrases(one, [key for key in OF_FIGURES if key in keys])]
        found.append((one["network"], ", ".join(word for word in words if word != NONE)))
    return [
        f"{label[1]} [{spec.id[:6]}]" if found.count(label) > 1 else label[1]
        for label, spec in zip(found, specs, strict=True)
    ]


def _apart(one: dict, every: Sequence[dict], same: Sequence[str], keys: Sequence[str]) -> list[str]:
    """The keys under which those with the same texts under `same` differ."""
    alike = [other for other in every if all(other[key] == one[key] for key in same)]
    return [key for key in keys if len({other[key] for other in alike}) > 1]


def _phrases(one: dict, keys: Sequence[str]) -> list[str]:
    return [phrase(key, one[key]) for key in keys]
