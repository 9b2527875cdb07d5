"""Labels that tell the methods of a table and the runs of a plan apart."""

from collections.abc import Iterator, Sequence

from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.run_spec import RunSpec
from fewshot.reporting.columns import KEYS, NOTED, phrase, texts

PARTS = ("method", "similarity", "network")
OF_TABLES = tuple(key for key in KEYS if key not in ("method", "loss", "backbone"))
OF_RUNS = (
    "size", "learn", "steps", "pairs", "copies", "optimiser", "affine", "turn", *NOTED, "images", "strokes",
    "protocol", "fold",
)  # fmt: skip


def table_labels(specs: Sequence[RunSpec]) -> list[str]:
    """Each method's name, with the keys in which methods of the same name differ: "triplet, 600 steps"; and with
    the network where methods of one loss have several."""
    apart = list(_apart(specs, ("method",), OF_TABLES))
    networks: dict[str, set[str]] = {}  # by loss, whose searched options may differ between networks
    for spec, one, _ in apart:
        networks.setdefault(one["loss"], set()).update([one["network"]] if spec.training else [])
    found = []
    for spec, one, keys in apart:
        if spec.training and len(networks[one["loss"]]) > 1:
            keys = [key for key in OF_TABLES if key in (*keys, "network")]
        found.append(", ".join([one["method"], *_phrases(one, keys)]))
    return found


def run_labels(specs: Sequence[RunSpec]) -> list[str]:
    """Each run in a few words: "triplet, euclidean, conv4, seed 0"."""
    found = []
    for spec, one, keys in _apart(specs, PARTS, OF_RUNS):
        parts = [one[key] for key in (PARTS if spec.training else PARTS[:2])]
        found.append(", ".join([*parts, *_phrases(one, keys), *of_training(spec)]))
    return found


def of_training(spec: RunSpec) -> list[str]:
    """The mistakes, the fold and the seed of a training, where it has these: ["fold 3", "seed 0"]."""
    mistakes = ["with a known mistake" if len(spec.pitfalls) == 1 else f"with {len(spec.pitfalls)} known mistakes"]
    fold = [f"fold {fold_of(spec)}"] if fold_of(spec) else []
    return [*(mistakes if spec.pitfalls else []), *fold, *([_seeds(spec)] if spec.training else [])]


def _seeds(spec: RunSpec) -> str:
    return f"seeds {', '.join(map(str, spec.members))}" if spec.members else f"seed {spec.seed}"


def _apart(specs: Sequence[RunSpec], same: Sequence[str], keys: Sequence[str]) -> Iterator[tuple[RunSpec, dict, list]]:
    """Each spec, its texts, and the keys under which those with the same texts under `same` differ."""
    by_method = {name: texts(spec) for name, spec in {spec.method: spec for spec in specs}.items()}
    every = [by_method[spec.method] for spec in specs]
    values: dict[tuple, dict[str, set[str]]] = {}  # of those alike, by key
    for one in every:
        alike = values.setdefault(tuple(one[key] for key in same), {key: set() for key in keys})
        for key in keys:
            alike[key].add(one[key])
    for spec, one in zip(specs, every, strict=True):
        alike = values[tuple(one[key] for key in same)]
        yield spec, one, [key for key in keys if len(alike[key]) > 1]


def _phrases(one: dict, keys: Sequence[str]) -> list[str]:
    return [phrase(key, one[key]) for key in keys]
