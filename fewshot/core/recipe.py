"""`TaskShape` and `Recipe`: the tasks that a learner is trained on, and how."""

import math
from dataclasses import dataclass, field, fields

from fewshot.core.checks import between, one_of
from fewshot.core.errors import RequestError, at, unknown

LAYER = ("learning_rate", "weight_decay", "momentum")  # what a layer may have values of its own for


def check_pairs(recipe: object) -> None:
    """A fixed list of pairs is half same and half different, and so is every batch from it; nothing contradicts it."""
    pairs, copies = recipe.pairs, recipe.copies
    listed = pairs * (1 + copies)
    odd_batch = pairs and (recipe.batch % 2 or recipe.batch > listed)
    for name, wrong, expected in (
        ("pairs", pairs % 2, f"an even number, half of them of one class, got {pairs}"),
        ("batch", odd_batch, f"an even number of pairs, at most the {listed} of the list, got {recipe.batch}"),
        ("copies", copies and not pairs, f"pairs to make copies of, got {copies} copies of none"),
        ("copies", copies and not recipe.affine, f"affine > 0, as copies differ by it alone, got {copies} copies"),
        *(
            (name, copies and value, f"0 with copies, which differ by affine alone, got {value}")
            for name, value in (("crop", recipe.crop), ("flip", recipe.flip), ("jitter", recipe.jitter))
        ),
        ("turn", pairs and recipe.turn == "class", "none or task, as the images of a pair can be of two classes"),
        ("within_group", pairs and recipe.within_group, f"0 with pairs, all within a group, got {recipe.within_group}"),
    ):
        with at(name):
            if wrong:
                raise RequestError(f"{name}: expected {expected}")


def check_momentum(recipe: object) -> None:
    """Only SGD has a momentum to ramp up or to give a layer, and only a ramp has a start."""
    if recipe.momentum_start != type(recipe).momentum_start and not recipe.momentum_ramp:
        with at("momentum_start"):
            raise RequestError(f"momentum_start: expected a momentum_ramp beside it, got {recipe.momentum_start} alone")
    if recipe.momentum_ramp and recipe.optimiser != "sgd":
        with at("momentum_ramp"):
            raise RequestError(f'momentum_ramp: expected optimiser = "sgd" beside it, got "{recipe.optimiser}"')
    for layer, own in recipe.layers.items():
        if "momentum" in own and recipe.optimiser != "sgd":
            with at("layers", layer, "momentum"):
                raise RequestError(f'momentum of {layer}: expected optimiser = "sgd", got "{recipe.optimiser}"')


def layer_values(layers: dict) -> dict[str, dict[str, float]]:
    """The values of their own that layers are given: `{"encoder.conv1": {"learning_rate": 0.01}}`."""
    for layer, own in layers.items():
        with at("layers", layer):
            if not isinstance(own, dict) or not own:
                raise RequestError(f"layers: expected a table of values for {layer}, got {own!r}")
            for name, value in own.items():
                with at(name):
                    if name not in LAYER:
                        raise unknown(f"option of layer {layer}", name, LAYER)
                    if isinstance(value, bool) or not isinstance(value, int | float):
                        raise RequestError(f"{name} of {layer}: expected float, got {value!r}")
                    if not 0 <= value <= (1 if name == "momentum" else math.inf) or math.isinf(value):
                        span = "from 0 to 1" if name == "momentum" else "of at least 0"
                        raise RequestError(f"{name} of {layer}: expected a number {span}, got {value!r}")
    return {layer: {name: float(value) for name, value in own.items()} for layer, own in layers.items()}


LEARN = ("train", "train+val")
PRECISIONS = ("float32", "bfloat16")
TURNS = ("none", "task", "class")
SELECT = ("best_val", "last")
OPTIMISERS = ("adamw", "sgd")
SCHEDULES = ("constant", "cosine", "exponential")
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
class Recipe:
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


def recipe_from_plain(plain: dict) -> Recipe:
    """`Recipe` of plain values over the defaults; refuses an unknown name or a wrong type."""
    values = dict(plain)
    if isinstance(task := values.get("task"), dict) and sorted(task) == ["query", "shot", "way"]:
        with at("task"):
            values["task"] = TaskShape(**task)
    kinds = {item.name: item.type for item in fields(Recipe)}
    for name, value in values.items():
        with at(name):
            if name not in kinds:
                raise unknown("training option", name, kinds)
            kind = kinds[name]
            fits = isinstance(value, int | float if kind is float else kind)
            if not fits or (isinstance(value, bool) and kind is not bool):
                expected = "way, shot and query" if kind is TaskShape else kind.__name__
                raise RequestError(f"{name}: expected {expected}, got {value!r}")
    return Recipe(**values)
