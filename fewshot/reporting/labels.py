"""Names that tell the methods of a table, a figure or a plan apart."""

from collections.abc import Sequence

from fewshot.core.spec import RunSpec
from fewshot.reporting.columns import IDENTITY, KEYS, NONE, RECIPE, phrase, shown

TELLING = ("size", "learn", "steps", "pairs", "copies", *RECIPE, "protocol")  # of a cell beside parts and seed


def label(spec: RunSpec, among: Sequence[RunSpec] = ()) -> str:
    """A cell in a few words, with what tells it from those `among` which it is: "triplet, euclidean, conv4, seed 0"."""
    alike = [one for one in (spec, *among) if describe(one)[:3] == describe(spec)[:3]]
    told = [phrase(spec, key) for key in TELLING if len({shown(one, key) for one in alike}) > 1]
    method, similarity, network, *_ = describe(spec)
    return ", ".join([method, similarity, *([network, *told, f"seed {spec.seed}"] if spec.training else told)])


def describe(spec: RunSpec) -> tuple[str, ...]:
    """What identifies a row: method, similarity, network, image size, classes learned from, steps."""
    return tuple(shown(spec, key) for key in IDENTITY)


def names(specs: Sequence[RunSpec]) -> list[str]:
    """A name for each method: its own, and where several share it, also what they differ in."""
    finer = [key for key in KEYS if key not in ("method", "loss", "backbone")]
    said = [{key: shown(spec, key) for key in ("method", *finer)} for spec in specs]
    found = []
    for spec, mine in zip(specs, said, strict=True):
        others = [one for one in said if one["method"] == mine["method"]]
        differ = [key for key in finer if len({one[key] for one in others}) > 1]
        found.append(", ".join([mine["method"], *(phrase(spec, key) for key in differ)]))
    return found


LABEL = ("method", "similarity")  # always said
VARIED = ("protocol", "size", "learn", "steps")  # said where trained methods differ in them
FINER = (*VARIED, *(key for key in KEYS if key not in (*VARIED, *LABEL, "loss", "learner", "backbone", "network")))


def network(spec: RunSpec) -> str:
    return shown(spec, "network") if spec.training else ""


def labels(specs: Sequence[RunSpec]) -> list[str]:
    """For each spec a label that no other one of its network has: at most ends in the first digits of its id."""
    trained = [spec for spec in specs if spec.training]
    varied = {key for key in VARIED if len({shown(spec, key) for spec in trained}) > 1}
    bare = [(network(spec), *(shown(spec, key) for key in LABEL)) for spec in specs]
    found = []
    for spec, mine in zip(specs, bare, strict=True):
        alike = [other for other, its in zip(specs, bare, strict=True) if its == mine]
        differ = {key for key in FINER if len({shown(other, key) for other in alike}) > 1}
        wanted = differ | (varied if spec.training else {"size"})
        parts = [shown(spec, key) for key in LABEL] + [phrase(spec, key) for key in FINER if key in wanted]
        found.append(", ".join(part for part in parts if part != NONE))
    keys = [(network(spec), label) for spec, label in zip(specs, found, strict=True)]
    return [
        f"{key[1]} [{spec.id[:6]}]" if keys.count(key) > 1 else key[1] for key, spec in zip(keys, specs, strict=True)
    ]
