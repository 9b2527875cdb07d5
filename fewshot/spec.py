"""`TaskShape` and `RunSpec`: everything that determines the numbers of a run, as plain values, and the run's id."""

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, field, fields
from functools import cached_property

from fewshot.errors import RequestError, at, unknown
from fewshot.limits import between, check_momentum, check_pairs, layer_values, one_of

STAGES = ("val", "test")
LEARN = ("train", "train+val")
PRECISIONS = ("float32", "bfloat16")
SHOT_RULES = ("mean_score", "mean_embedding", "attention", "linear_head", "cosine_head")
TURNS = ("none", "task", "class")
SELECT = ("best_val", "last")
OPTIMISERS = ("adamw", "sgd")
SCHEDULES = ("constant", "cosine", "exponential")
NORMALISE = ("none", "own", "imagenet")
LATER = {"later": True}  # of a field that older specs lack: left out at its default, so that their ids stay


@dataclass(frozen=True)
class TaskShape:
    """Classes of a task, and images of each class in its support and in its query set."""

    way: int
    shot: int
    query: int

    def __post_init__(self) -> None:
        for name, least in (("way", 2), ("shot", 1), ("query", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise RequestError(f"a task's {name}: expected a whole number of at least {least}, got {value!r}")

    def __str__(self) -> str:
        return f"{self.way}-way {self.shot}-shot"


@dataclass(frozen=True)
class Part:
    """A named part with its options, the revision of its numbers and, for a plug-in, its file's SHA-256."""

    name: str
    options: dict = field(default_factory=dict)
    revision: int = 1
    sha256: str = ""


@dataclass(frozen=True)
class Training:
    """How a learner is trained: tasks, distortions, optimiser, and which step's weights are kept."""

    learn: str = "train"
    task: TaskShape = TaskShape(20, 1, 4)
    batch: int = 2  # tasks a step, or pairs
    within_group: float = 0.0  # share of tasks whose classes come from one group
    other_authors: bool = False
    affine: float = 0.0  # probability of each component of the affine distortion
    turn: str = "none"  # quarter turns: of every task, or of every class in a task
    steps: int = 1000
    select: str = "best_val"
    val_every: int = 250
    optimiser: str = "adamw"
    learning_rate: float = 1e-3
    weight_decay: float = 1e-4
    momentum: float = 0.9  # SGD's
    schedule: str = "cosine"
    warmup: int = 50  # steps
    final_rate: float = 0.01  # the last step's share of the learning rate
    precision: str = "float32"
    channels_last: bool = True
    pairs: int = field(default=0, metadata=LATER)  # a fixed list of so many pairs instead of tasks; `batch` is of pairs
    copies: int = field(default=0, metadata=LATER)  # stored affine draws of every pair, beside the pair itself
    momentum_ramp: int = field(default=0, metadata=LATER)  # steps in which SGD's momentum grows to its value
    momentum_start: float = field(default=0.5, metadata=LATER)  # … and from where
    layers: dict = field(default_factory=dict, metadata=LATER)  # {"encoder.conv1": {"learning_rate": 0.01}, …}
    crop: float = field(default=0.0, metadata=LATER)  # random resized crops of at least this share of the area; 0: none
    flip: float = field(default=0.0, metadata=LATER)  # probability that an image is mirrored, left to right
    jitter: float = field(default=0.0, metadata=LATER)  # of brightness, contrast and saturation: factors 1 − … to 1 + …

    def __post_init__(self) -> None:
        for item in fields(self):
            if item.type is float:  # 1 and 1.0 are one recipe and must have one id
                object.__setattr__(self, item.name, float(getattr(self, item.name)))
        object.__setattr__(self, "layers", layer_values(self.layers))
        if self.pairs:  # then the task has no say, and must not make another id
            object.__setattr__(self, "task", type(self).task)
        one_of(self, learn=LEARN, turn=TURNS, select=SELECT, optimiser=OPTIMISERS, schedule=SCHEDULES)
        one_of(self, precision=PRECISIONS)
        between(1, None, batch=self.batch, steps=self.steps, val_every=self.val_every)
        between(0, 1, within_group=self.within_group, affine=self.affine)
        between(0, 1, crop=self.crop, flip=self.flip, jitter=self.jitter)
        between(0, 1, momentum=self.momentum, final_rate=self.final_rate, momentum_start=self.momentum_start)
        between(0, None, learning_rate=self.learning_rate, weight_decay=self.weight_decay, warmup=self.warmup)
        between(0, None, pairs=self.pairs, copies=self.copies, momentum_ramp=self.momentum_ramp)
        check_pairs(self)
        check_momentum(self)
        if self.learn == "train+val" and self.select == "best_val":
            with at("learn"):
                raise RequestError('learn = "train+val" leaves nothing to select by: expected select = "last"')
        if self.steps > 200 * self.val_every:
            with at("val_every"):
                raise RequestError(f"val_every: expected at least {-(-self.steps // 200)} for {self.steps} steps")

    @property
    def shape(self) -> TaskShape:
        """Of the tasks of a step; one of pairs holds a same-class and a different-class pair."""
        return TaskShape(2, 1, 1) if self.pairs else self.task

    @property
    def tasks_a_step(self) -> int:
        """Half as many as pairs, where it learns from pairs."""
        return self.batch // 2 if self.pairs else self.batch


@dataclass(frozen=True)
class RunSpec:
    """One cell: plain values that determine its numbers and its `id`.

    A training-free learner has neither backbone, loss nor training.
    """

    dataset: Part
    protocol: Part
    stage: str
    size: int
    learner: Part
    similarity: Part | None = None
    backbone: Part | None = None
    loss: Part | None = None
    shot_rule: str = "mean_score"
    training: Training | None = None
    shuffled_labels: bool = False
    seed: int = 0
    revision: int = 1  # of the numbers of all that is no part: draws, distortions, training loop, evaluation
    normalise: str = field(default="none", metadata=LATER)  # by which mean and deviation of each channel

    def __post_init__(self) -> None:
        one_of(self, stage=STAGES, shot_rule=SHOT_RULES, normalise=NORMALISE)
        between(1, None, size=self.size)
        if self.training and self.stage in self.training.learn.split("+"):
            raise RequestError(f'stage "{self.stage}" cannot be measured after learning from {self.training.learn}')

    def plain(self) -> dict:
        """The spec as nested plain values, for JSON; fields that came later are left out at their defaults."""
        plain = asdict(self)
        _leave_out(plain, RunSpec)
        if self.training:
            _leave_out(plain["training"], Training)
        return plain

    @cached_property
    def id(self) -> str:
        """12 hexadecimal digits of the SHA-256 of the canonical JSON."""
        canonical = json.dumps(self.plain(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _leave_out(plain: dict, kind: type) -> None:
    """Remove the fields that came later and are at their defaults."""
    for item in (item for item in fields(kind) if item.metadata.get("later")):
        default = item.default_factory() if item.default is MISSING else item.default
        if plain[item.name] == default:
            del plain[item.name]


def from_plain(plain: dict) -> RunSpec:
    """The spec that `plain()` was taken from."""
    values = dict(plain)
    for name in ("dataset", "protocol", "learner", "similarity", "backbone", "loss"):
        values[name] = Part(**values[name]) if values[name] else None
    if values["training"]:
        values["training"] = training_from_plain(values["training"])
    return RunSpec(**values)


def training_from_plain(plain: dict) -> Training:
    """`Training` of plain values over the defaults; refuses an unknown name or a wrong type."""
    values = dict(plain)
    if isinstance(task := values.get("task"), dict) and sorted(task) == ["query", "shot", "way"]:
        with at("task"):
            values["task"] = TaskShape(**task)
    kinds = {item.name: item.type for item in fields(Training)}
    for name, value in values.items():
        with at(name):
            if name not in kinds:
                raise unknown("training option", name, kinds)
            kind = kinds[name]
            fits = isinstance(value, int | float if kind is float else kind)
            if not fits or (isinstance(value, bool) and kind is not bool):
                expected = "way, shot and query" if kind is TaskShape else kind.__name__
                raise RequestError(f"{name}: expected {expected}, got {value!r}")
    return Training(**values)
