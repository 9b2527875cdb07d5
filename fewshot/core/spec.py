"""`RunSpec`: the plain values that determine the numbers of a run, and the run's id."""

import hashlib
import json
import marshal
from collections.abc import Callable, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property, lru_cache
from types import NoneType
from typing import Any, NamedTuple, get_type_hints

from fewshot.core.checks import Oblong, Size, between, check_type, one_of, size_of
from fewshot.core.errors import RequestError
from fewshot.core.recipe import LATER, Recipe, recipe_from_plain

STAGES = ("val", "test")
SHOT_RULES = ("mean_score", "mean_embedding", "attention", "linear_head", "cosine_head")
FIXED = {str, int, float, bool, NoneType}  # values that cannot change
NORMALISE = ("none", "own", "imagenet")
LEARNED, SELECTED = "measured_in_training", "selected_on_measured"  # pitfalls of a training
FOLD = "fold"  # an option of protocols that test each fold of their classes by a network learned from the others


@dataclass(frozen=True)
class Part:
    """A named part with its options, its revision and, for a plug-in, the SHA-256 of its file."""

    name: str
    options: dict = field(default_factory=dict)
    revision: int = 1
    sha256: str = ""


@dataclass(frozen=True)
class RunSpec:
    """One cell: the plain values that determine its numbers and its `id`.

    A training-free learner has no backbone, loss or training.
    """

    dataset: Part
    protocol: Part
    stage: str
    size: Size
    learner: Part
    similarity: Part | None = None
    backbone: Part | None = None
    loss: Part | None = None
    shot_rule: str = "mean_score"
    training: Recipe | None = None
    shuffled_labels: bool = False
    seed: int = 0
    revision: int = 1  # of everything outside the parts: draws, distortions, training loop, evaluation
    normalise: str = field(default="none", metadata=LATER)  # source of the mean and deviation of each channel
    fold: int = field(default=0, metadata=LATER)  # number, from 1, of the fold that is val; 0: no folds
    folds: int = field(default=0, metadata=LATER)
    members: tuple[int, ...] = field(default=(), metadata=LATER)  # seeds of the networks whose scores are averaged
    pitfalls: tuple[str, ...] = field(default=(), metadata=LATER)  # mistakes made on purpose; such a run is no result

    def __post_init__(self) -> None:
        one_of(self, stage=STAGES, shot_rule=SHOT_RULES, normalise=NORMALISE)
        _check_members(self)
        object.__setattr__(self, "size", size_of(self.size))
        between(min(1, self.folds), self.folds, fold=self.fold)
        if self.folds and self.stage != "val":
            raise RequestError(f'a fold is one of train and val: expected stage "val", got "{self.stage}"', "stage")
        if self.training and self.training.turn != "none" and isinstance(self.size, Oblong):
            turned = f'turn: with images of {self.size} px, no squares: expected "none", got "{self.training.turn}"'
            raise RequestError(turned, "training", "turn")
        self._check_pitfalls()
        if self.training and self.stage in self.training.learn.split("+") and LEARNED not in self.pitfalls:
            raise RequestError(f'stage: expected one outside learn = "{self.training.learn}", got "{self.stage}"')

    def _check_pitfalls(self) -> None:
        """Refuse mistakes that are named twice or would look at test classes."""
        if len({*self.pitfalls}) < len(self.pitfalls):
            raise RequestError(f"pitfalls: expected each once, got {', '.join(self.pitfalls)}", "pitfalls")
        for name, field_name, needed in ((LEARNED, "learn", "train+val"), (SELECTED, "select", "best_val")):
            if name in self.pitfalls and self.training and getattr(self.training, field_name) != needed:
                raise RequestError(f'pitfalls: {name}: expected {field_name} = "{needed}" beside it', "pitfalls")
        if self.pitfalls and (self.stage != "val" or not self.trains):
            raise RequestError(f'pitfalls: expected a training measured at stage "val", got "{self.stage}"', "pitfalls")

    def plain(self) -> dict:
        """The spec as nested plain values, for JSON; fields marked as later are left out at their defaults."""
        plain = _plain(self)
        _leave_out(plain, RunSpec)
        if self.training:
            _leave_out(plain["training"], Recipe)
        return plain

    @property
    def trains(self) -> bool:
        """True if the run trains a network; an ensemble is of networks that other runs have trained."""
        return bool(self.training) and not self.members

    @property
    def of_members(self) -> tuple["RunSpec", ...]:
        """The runs whose networks are the members of this ensemble; none of a run that is no ensemble."""
        return tuple(replace(self, members=(), seed=seed) for seed in self.members)

    @cached_property
    def id(self) -> str:
        """12 hexadecimal digits of the SHA-256 of the canonical JSON."""
        return _by_seed(self.plain())(self.seed)

    @cached_property
    def method(self) -> str:
        """The id that the spec has with seed 0, whichever fold its protocol tests: trainings of a method share it."""
        return _method(self.plain())


def twin_of(spec: RunSpec) -> RunSpec | None:
    """The same run learned from train alone and measured on val, where the spec's network has learned from val too.

    Its scores of val pairs choose operating points for that network, whose own are of pairs that it knows. None for a
    spec that needs no twin.
    """
    if spec.stage == "val" or not spec.training or "val" not in spec.training.learn.split("+"):
        return None
    return replace(spec, stage="val", training=replace(spec.training, learn="train"))


class Evaluation(NamedTuple):
    """What a run is evaluated on: its data set, protocol and stage, the options and the fold that determine the classes
    as JSON, and the names of the classes where they are known."""

    dataset: str
    protocol: str
    stage: str
    split: str = "[{}, {}, 0, 0]"
    classes: tuple[str, ...] = ()


def evaluation_of(spec: RunSpec, classes: tuple[str, ...] = ()) -> Evaluation:
    """The evaluation of a spec, with the classes that its record keeps."""
    split = json.dumps([spec.dataset.options, spec.protocol.options, spec.fold, spec.folds], sort_keys=True)
    return Evaluation(spec.dataset.name, spec.protocol.name, spec.stage, split, classes)


def fold_of(spec: RunSpec) -> int:
    """The number, from 1, of the fold that a spec's protocol tests, by its option of this name; 0 for no folds."""
    return spec.protocol.options.get(FOLD, 0)


def _check_members(spec: RunSpec) -> None:
    """Refuse an ensemble of fewer than two networks, of one network twice, of untrained ones, and of unkept ones."""
    if not (members := spec.members):
        return
    for seed in members:
        check_type("members", seed, int, "members", expected="seeds")
    if len({*members}) < max(2, len(members)):
        raise RequestError(f"members: expected at least two different seeds, got {[*members]}", "members")
    if not spec.training or spec.stage != "test":
        got = f"stage {spec.stage}" if spec.training else "a learner that is not trained"
        raise RequestError(f"members: expected trained networks, kept at stage test, got {got}", "members")


def _method(plain: dict) -> str:
    """The id of plain values with seed 0 and, where the protocol tests one of several folds, with any of them."""
    protocol = plain["protocol"]
    if protocol["options"].get(FOLD):
        plain = plain | {"protocol": protocol | {"options": protocol["options"] | {FOLD: "each"}}}
    return _by_seed(plain)(0)


def _by_seed(plain: dict) -> Callable[[int], str]:
    """The id of plain values by their seed: the digest of their canonical JSON."""
    above, below = (
        {key: plain[key] for key in plain if key < "seed"},
        {key: plain[key] for key in plain if key > "seed"},
    )
    before, behind = (
        json.dumps(part, sort_keys=True, separators=(",", ":"), allow_nan=False) for part in (above, below)
    )
    return lambda seed: hashlib.sha256(f'{before[:-1]},"seed":{seed},{behind[1:]}'.encode()).hexdigest()[:12]


def _plain(value: Any) -> Any:
    """The value with its data classes as dicts; unlike `asdict` it copies nothing that cannot change."""
    if hasattr(value, "__dataclass_fields__"):
        value = {name: getattr(value, name) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {name: one if type(one) in FIXED else _plain(one) for name, one in value.items()}
    return [*map(_plain, value)] if isinstance(value, list | tuple) else value


def _leave_out(plain: dict, kind: type) -> None:
    """Remove the fields marked as later that are at their defaults."""
    for name, default in _later(kind).items():
        if plain[name] == default:
            del plain[name]


@lru_cache
def _later(kind: type) -> dict[str, Any]:
    """The fields marked as later, with their defaults as plain values."""
    later = [item for item in fields(kind) if item.metadata.get("later")]
    return {one.name: _plain(one.default if one.default_factory is MISSING else one.default_factory()) for one in later}


def from_plain(plain: dict) -> RunSpec:
    """The spec of the values that `RunSpec.plain` returns. Raises `RequestError` for a value of another type."""
    values = dict(plain)
    for item in fields(RunSpec):
        value, kind = values.get(item.name, item.default), item.type
        if kind in (Part, Part | None):
            needed = kind is Part or value is not None
            values[item.name] = _part(item.name, value) if needed else None
        elif kind == Size:
            values[item.name] = size_of(value)
        elif kind in (int, bool, str):
            check_type(item.name, value, kind)
        elif item.name == "members":
            check_type(item.name, value, list if item.name in plain else tuple)
            values[item.name] = tuple(value)
        elif item.name == "pitfalls":
            values[item.name] = _pitfalls(value)
    if values["training"]:
        values["training"] = recipe_from_plain(values["training"])
    return RunSpec(**values)


def stored_spec(plain: dict) -> RunSpec:
    """The spec of `RunSpec.plain`, its ids those of these values. Raises `RequestError` where one is missing.

    Specs that differ only in their seed are checked once, and share their parts.
    """
    first, id_of = _stored(marshal.dumps(plain | {"seed": 0} if "seed" in plain else plain, 2))
    check_type("seed", plain["seed"], int)
    return _with_seed(first, plain["seed"], id_of)


@lru_cache
def _stored(values: bytes) -> tuple[RunSpec, Callable[[int], str]]:
    """The spec of plain values, with its method, and its id by the seed; the bytes tell 1 from 1.0 and from true."""
    spec = from_plain(plain := marshal.loads(values))
    if spec.plain() != plain:
        raise RequestError("spec: expected every value, none by default")
    id_of = _by_seed(plain)
    vars(spec).update(method=_method(plain))
    return spec, id_of


def of_seeds(spec: RunSpec, seeds: Sequence[int]) -> list[RunSpec]:
    """The spec with each of these seeds, all of one method."""
    id_of = _by_seed(spec.plain())
    return [_with_seed(spec, seed, id_of) for seed in seeds]


def _with_seed(spec: RunSpec, seed: int, id_of: Callable[[int], str]) -> RunSpec:
    """A spec of the same method; unlike `replace` it checks no value again."""
    vars(one := object.__new__(RunSpec)).update(vars(spec), method=spec.method, seed=seed, id=id_of(seed))
    return one


def _pitfalls(value: Any) -> tuple[str, ...]:
    check_type("pitfalls", value, list | tuple, expected="a list")
    for name in value:
        check_type("an item of pitfalls", name, str)
    return tuple(value)


def _part(key: str, plain: Any) -> Part:
    check_type(key, plain, dict)
    part = Part(**plain)
    for name, kind in _part_types().items():
        check_type(f"{name} of {key}", getattr(part, name), kind)
    return part


@lru_cache
def _part_types() -> dict[str, Any]:
    return get_type_hints(Part)


VERIFICATION = "verification"  # a kind of task: one pair, same or different
IDENTIFICATION = "identification"  # of probes among enrolled identities
OPEN_SET = "open set"  # a kind of task that also has queries of classes without a support
FORGED, RANDOM = "forged", "random"  # roles of probes of another maker: a forgery of the class, an image of another one
CALLED = {FORGED: "skilled forgeries", RANDOM: "random forgeries"}  # in words
PAIR_FIGURES = ("ROC area", "equal error")  # of verification pairs
SKILLED_FIGURES = tuple(f"{name}, {CALLED[FORGED]}" for name in PAIR_FIGURES)  # where there are forgeries
OPEN_FIGURES = ("ROC area", "OSCR")  # of an open set, in each task
BATCH_STATISTICS = "batch statistics"  # suffix of a kind of task whose queries share batch-norm statistics
