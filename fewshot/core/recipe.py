"""`TaskShape` and `Recipe`: the shape of a task, and how a learner is trained."""

from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any

from fewshot.core.checks import at_most, between, check_number, check_type, one_of
from fewshot.core.errors import RequestError, at, unknown

HIGHEST = 1e30  # learning rate or weight decay: steps in float32 overflow beyond
IMAGES = 2**17  # of one step or task, at most: no machine holds more
STEPS = 10**9  # of a training
LISTED = 2**27  # pairs of a fixed list, its copies included
LAYER = ("learning_rate", "weight_decay", "momentum")  # options that a single layer may override


def layer_values(layers: dict) -> dict[str, dict[str, float]]:
    """The checked overrides of single layers, as floats: `{"encoder.conv1": {"learning_rate": 0.01}}`."""
    for layer, own in layers.items():
        check_type("name of a layer", layer, str, "layers")
        if not isinstance(own, dict) or not own:
            raise RequestError(f"layers: expected a table of values for {layer}, got {own!r}", "layers", layer)
        for name, value in own.items():
            where = "layers", layer, name
            if name not in LAYER:
                raise unknown(f"option of layer {layer}", name, LAYER, *where)
            check_type(f"{name} of {layer}", value, float, *where)
            check_number(f"{name} of {layer}", value, 0, 1 if name == "momentum" else None, *where)
            with at(*where[:-1]):
                at_most(HIGHEST, **{name: value})
    return {layer: {name: float(value) for name, value in own.items()} for layer, own in layers.items()}


LEARN = ("train", "train+val")
PRECISIONS = ("float32", "bfloat16")
TURNS = ("none", "task", "class")
SELECT = ("best_val", "last")
OPTIMISERS = ("adamw", "sgd")
SCHEDULES = ("constant", "cosine", "exponential")
LATER = {"later": True}  # a field that older specs lack; left out at its default, so that their ids stay


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
        if (images := self.images) > IMAGES:
            raise RequestError(f"a task's way × (shot + query): expected at most {IMAGES:,} images, got {images:,}")

    def __str__(self) -> str:
        return f"{self.way}-way {self.shot}-shot"

    @property
    def images(self) -> int:
        """The images of a task."""
        return self.way * (self.shot + self.query)


@dataclass(frozen=True)
class Recipe:
    """How a learner is trained: tasks, distortions, optimiser, schedule, and the step whose weights are kept."""

    learn: str = "train"
    task: TaskShape = TaskShape(20, 1, 4)
    batch: int = 2  # tasks or pairs in a step
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
    momentum: float = 0.9  # of SGD, Nesterov's
    schedule: str = "cosine"
    warmup: int = 50  # steps
    final_rate: float = 0.01  # share of the rate to which the schedule goes, reached a step after the last
    precision: str = "float32"
    channels_last: bool = True
    pairs: int = field(default=0, metadata=LATER)  # length of a fixed list of pairs, which replaces tasks; 0: tasks
    copies: int = field(default=0, metadata=LATER)  # affine copies of every pair in the list, beside the pair itself
    momentum_ramp: int = field(default=0, metadata=LATER)  # steps over which SGD's momentum grows to its value
    momentum_start: float = field(default=0.5, metadata=LATER)  # momentum at the start of the ramp
    layers: dict = field(default_factory=dict, metadata=LATER)  # {"encoder.conv1": {"learning_rate": 0.01}, …}
    crop: float = field(default=0.0, metadata=LATER)  # least share of the area in random resized crops; 0: no crops
    flip: float = field(default=0.0, metadata=LATER)  # probability that an image is mirrored, left to right
    jitter: float = field(default=0.0, metadata=LATER)  # j: brightness, contrast, saturation by factors 1 − j to 1 + j
    class_rate: float = field(default=1.0, metadata=LATER)  # of a loss's class vectors, as a factor of learning_rate
    forged: int = field(default=0, metadata=LATER)  # forgeries of each class among a task's queries, beside `query`
    class_affine: float = field(default=0.0, metadata=LATER)  # as affine, one distortion for all of a class in a task

    def __post_init__(self) -> None:
        for item in fields(self):
            _check_field(item.name, getattr(self, item.name))
        object.__setattr__(self, "layers", layer_values(self.layers))
        if self.pairs:  # pairs replace tasks, so the task's shape must not change the id
            object.__setattr__(self, "task", type(self).task)
        one_of(self, learn=LEARN, turn=TURNS, select=SELECT, optimiser=OPTIMISERS, schedule=SCHEDULES)
        one_of(self, precision=PRECISIONS)
        between(1, None, batch=self.batch, steps=self.steps, val_every=self.val_every)
        between(0, 1, within_group=self.within_group, affine=self.affine, class_affine=self.class_affine)
        between(0, 1, crop=self.crop, flip=self.flip, jitter=self.jitter)
        between(0, 1, momentum=self.momentum, final_rate=self.final_rate, momentum_start=self.momentum_start)
        between(0, None, learning_rate=self.learning_rate, weight_decay=self.weight_decay, warmup=self.warmup)
        between(0, None, class_rate=self.class_rate)
        between(0, None, pairs=self.pairs, copies=self.copies, momentum_ramp=self.momentum_ramp, forged=self.forged)
        at_most(IMAGES, forged=self.forged)
        at_most(IMAGES // (2 if self.pairs else self.task.images + self.task.way * self.forged), batch=self.batch)
        at_most(STEPS, steps=self.steps, val_every=self.val_every, warmup=self.warmup, momentum_ramp=self.momentum_ramp)
        at_most(HIGHEST, learning_rate=self.learning_rate, weight_decay=self.weight_decay, class_rate=self.class_rate)
        at_most(LISTED, pairs=self.pairs)
        at_most(LISTED // max(1, self.pairs), copies=self.copies)
        for name, wrong, expected in self._contradictions():
            if wrong:
                raise RequestError(f"{name}: expected {expected}", name)
        for layer, own in self.layers.items():
            if "momentum" in own and self.optimiser != "sgd":
                other = f'momentum of {layer}: expected optimiser = "sgd", got "{self.optimiser}"'
                raise RequestError(other, "layers", layer, "momentum")
        if self.learn == "train+val" and self.select == "best_val":
            wrong = 'learn: expected "train", as select = "best_val" needs val, got "train+val"; or set select = "last"'
            raise RequestError(wrong, "learn")
        for item in fields(self):
            if item.type is float:  # 1 and 1.0 are one recipe and must have one id
                object.__setattr__(self, item.name, float(getattr(self, item.name)))

    def _contradictions(self) -> list[tuple[str, object, str]]:
        """Fields that can contradict others: the name, whether it does (truthy), and the expected value in words.

        A fixed list of pairs is half same-class and half different-class, and so is every batch from it. Only SGD has a
        momentum to ramp up, and only a ramp has a start.
        """
        pairs, copies, start, least = self.pairs, self.copies, self.momentum_start, -(-self.steps // 200)
        listed = pairs * (1 + copies)
        odd_batch = pairs and (self.batch % 2 or self.batch > listed)
        early = start != type(self).momentum_start and not self.momentum_ramp
        twice = self.class_rate != 1 and "learning_rate" in self.layers.get("loss", {})
        ramped = self.momentum_ramp and self.optimiser != "sgd"
        return [
            ("pairs", pairs % 2, f"an even number, half of them of one class, got {pairs}"),
            ("batch", odd_batch, f"an even number of pairs, at most the {listed} of the list, got {self.batch}"),
            ("copies", copies and not pairs, f"pairs to make copies of, got {copies} copies of none"),
            ("copies", copies and not self.affine, f"affine > 0, as copies differ by it alone, got {copies} copies"),
            *(
                (name, copies and value, f"0 with copies, which differ by affine alone, got {value}")
                for name, value in (("crop", self.crop), ("flip", self.flip), ("jitter", self.jitter))
            ),
            ("turn", copies and self.turn != "none", f"none with copies, as these stay as they are, got {self.turn}"),
            ("turn", pairs and self.turn == "class", "none or task, as the images of a pair can be of two classes"),
            ("class_affine", pairs and self.class_affine, "0 with pairs, which can be of two classes"),
            ("within_group", pairs and self.within_group, f"0 with pairs, all within a group, got {self.within_group}"),
            ("forged", self.forged and pairs, f"0 with pairs, which are of genuine images, got {self.forged}"),
            ("momentum_start", early, f"a momentum_ramp beside it, got {start} alone"),
            ("momentum_ramp", ramped, f'optimiser = "sgd" beside it, got "{self.optimiser}"'),
            ("class_rate", twice, "1 beside a learning_rate of the layer loss, which replaces it"),
            ("val_every", least > self.val_every, f"at least {least} for {self.steps} steps"),
        ]

    @property
    def shape(self) -> TaskShape:
        """The shape of a step's tasks; with pairs, a task is one same-class and one different-class pair."""
        return TaskShape(2, 1, 1) if self.pairs else self.task

    @property
    def tasks_a_step(self) -> int:
        """The number of tasks in a step: `batch`, or half of it with pairs."""
        return self.batch // 2 if self.pairs else self.batch

    @property
    def images_a_step(self) -> int:
        """The number of images in a step, forgeries among them."""
        return self.tasks_a_step * (self.shape.images + self.shape.way * self.forged)


def recipe_from_plain(plain: dict) -> Recipe:
    """The `Recipe` of plain values over the defaults. Raises `RequestError` for an unknown name or a wrong type."""
    values = dict(plain)
    if isinstance(task := values.get("task"), dict) and sorted(task) == ["query", "shot", "way"]:
        with at("task"):
            values["task"] = TaskShape(**task)
    for name, value in values.items():
        _check_field(name, value)
    return Recipe(**values)


def _check_field(name: str, value: object) -> None:
    """Refuse an unknown name of a recipe's field, and a value of another type."""
    if name not in _kinds():
        raise unknown("training option", name, _kinds(), name)
    kind = _kinds()[name]
    check_type(name, value, kind, name, expected="way, shot and query" if kind is TaskShape else "")


@lru_cache
def _kinds() -> dict[str, Any]:
    """The type of each field of a recipe."""
    return {item.name: item.type for item in fields(Recipe)}
