"""`RunSpec`: the plain values that determine the numbers of a run, and the run's id."""

from dataclasses import dataclass, field, replace
from functools import cached_property

from fewshot.core.checks import Oblong, Size, between, check_type, one_of, size_of
from fewshot.core.errors import RequestError
from fewshot.core.recipe import LATER, Recipe
from fewshot.core.spec.names import LEARNED, NORMALISE, SELECTED, SHOT_RULES, STAGES
from fewshot.core.spec.plain import by_seed, leave_out, method_of, plain_of


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
        _check_pitfalls(self)
        if self.training and self.stage in self.training.learn.split("+") and LEARNED not in self.pitfalls:
            raise RequestError(f'stage: expected one outside learn = "{self.training.learn}", got "{self.stage}"')

    def plain(self) -> dict:
        """The spec as nested plain values, for JSON; fields marked as later are left out at their defaults."""
        plain = plain_of(self)
        leave_out(plain, RunSpec)
        if self.training:
            leave_out(plain["training"], Recipe)
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
        return by_seed(self.plain())(self.seed)

    @cached_property
    def method(self) -> str:
        """The id that the spec has with seed 0, whichever fold its protocol tests: trainings of a method share it."""
        return method_of(self.plain())


def twin_of(spec: RunSpec) -> RunSpec | None:
    """The same run learned from train alone and measured on val, where the spec's network has learned from val too.

    Its scores of val pairs choose operating points for that network, whose own are of pairs that it knows. None for a
    spec that needs no twin, and of an ensemble, which trains no network.
    """
    if spec.stage == "val" or spec.members or not spec.training or "val" not in spec.training.learn.split("+"):
        return None
    return replace(spec, stage="val", training=replace(spec.training, learn="train"))


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


def _check_pitfalls(spec: RunSpec) -> None:
    """Refuse mistakes that are named twice or would look at test classes."""
    for name in spec.pitfalls:
        check_type("an item of pitfalls", name, str)
    if len({*spec.pitfalls}) < len(spec.pitfalls):
        raise RequestError(f"pitfalls: expected each once, got {', '.join(spec.pitfalls)}", "pitfalls")
    for name, key, needed in ((LEARNED, "learn", "train+val"), (SELECTED, "select", "best_val")):
        if name in spec.pitfalls and spec.training and getattr(spec.training, key) != needed:
            raise RequestError(f'pitfalls: {name}: expected {key} = "{needed}" beside it', "pitfalls")
    if spec.pitfalls and (spec.stage != "val" or not spec.trains):
        raise RequestError(f'pitfalls: expected a training measured at stage "val", got "{spec.stage}"', "pitfalls")
