"""The marks that decorators set on parts: a dataclass with defaults for each kind of part.

The registry reads the same marks from the source, without importing the part.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import update_wrapper
from typing import Any, ClassVar, ParamSpec, Protocol, TypeVar, cast, overload, runtime_checkable

from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.names import SHOT_RULES


@dataclass(frozen=True, kw_only=True)
class Marks:
    """The marks of any part. `revision` is raised when the part's numbers change.

    `later` names options that the part gained after records were made. Specs leave these out at their defaults, which
    reproduce the part's former behaviour, so that old ids stay.
    """

    functions: ClassVar[tuple[str, ...]] = ()  # marks that record whether the decorator was given a function
    revision: int = 1
    later: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class DataSetMarks(Marks):
    """The marks of a data set.

    `made_of` names the larger data set that its images are from ("ImageNet"); tables flag results of weights that were
    pretrained on it. `family` names the option that is written after a colon ("folder:PATH"). `channels` is the number
    of channels, unless an option sets it. `class_word` and `group_word` are the plurals by which tables name its
    classes and groups ("characters", "alphabets"). `ink` marks a data set of drawings: the side of an image and, of a
    median image, the longer side of the box around its ink and the width of a stroke, all in pixels. `oblong` marks one
    whose images may have a height and a width that differ.
    """

    functions = ("locate", "fetch", "verify", "splits", "check", "prepare", "prepare_tensors")
    made_of: str = ""
    family: str = ""
    channels: int = 1
    class_word: str = "classes"
    group_word: str = "groups"
    ink: Sequence[float] = ()
    oblong: bool = False
    locate: bool = False
    fetch: bool = False
    verify: bool = False
    splits: bool = False
    check: bool = False
    prepare: bool = False
    prepare_tensors: bool = False


@dataclass(frozen=True, kw_only=True)
class ProtocolMarks(Marks):
    """The marks of a protocol: only its revision, raised when its tasks change."""


@dataclass(frozen=True, kw_only=True)
class BackboneMarks(Marks):
    """The marks of a backbone.

    `side` is the smallest side of images, in pixels, that the backbone is meant for; conformance checks use it.
    `family` names the option that is written after a colon ("torchvision:resnet18"), and `examples` are values of it.
    `pretrained` names the option that selects pretrained weights, and `seen` the images that these were trained on;
    tables name them, and flag data sets that are `made_of` them.
    """

    side: int = 28
    family: str = ""
    examples: Sequence[str] = ()
    pretrained: str = ""
    seen: str = ""


@dataclass(frozen=True, kw_only=True)
class SimilarityMarks(Marks):
    """The marks of a similarity. `of_logit` names options that only the logit has, as its scale: a loss and a shot rule
    by other measures make no use of them, and they are refused there."""

    of_logit: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class LossMarks(Marks):
    """The marks of a loss.

    `similarity` and `shot_rule` are its defaults; `needs` is the measure that it calls: `score`, `distance` or `logit`.
    `of_pairs` marks a loss made only of means over same-class and over different-class comparisons, which can therefore
    learn from independent pairs; `of_forgeries` marks a loss of pairs of images that is given how many of the last
    queries of each class are forgeries (`forged`), different from their class and in no other pair; `fixed` marks a
    loss with a measure of its own, which takes no other similarity. `class_vectors` marks a loss with a learned vector
    for each training class, which has a `class_rate` in training. `one_shot` names the loss that this one is, with the
    same similarity and but for a temperature, in tasks of one shot with `pairs = "episode"` or without that option, and
    `all_pairs` the one that it is with `pairs = "all"`. `family` names the option that is written after a colon
    ("pml:FastAPLoss"), and `examples` are values of it. `called` is a name that is not a Python identifier
    ("baseline++"). `search` holds the values that suites search, of the loss's options and of training keys:
    `{"margin": {"low": 0.1, "high": 2.0, "scale": "log"}}`.
    """

    similarity: str
    shot_rule: str = SHOT_RULES[0]
    needs: str = "distance"
    of_pairs: bool = False
    of_forgeries: bool = False
    fixed: bool = False
    class_vectors: bool = False
    one_shot: str = ""
    all_pairs: str = ""
    family: str = ""
    examples: Sequence[str] = ()
    called: str = ""
    search: dict = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.shot_rule not in SHOT_RULES:
            raise unknown("shot rule", self.shot_rule, SHOT_RULES)


@dataclass(frozen=True, kw_only=True)
class LearnerMarks(Marks):
    """The marks of a learner.

    `trained` marks a learner with weights to train, and `own_objective` a learner that takes no loss. `by_task` marks
    an own objective that is the mean of independent values, one for each task, batch norms included, so that several
    processes can share the tasks of a step. `of_pairs` marks an objective that takes `Pairs` as well as `Tasks`, and
    `of_forgeries` one that gives the loss the number of forgeries in its tasks.
    `default_similarity` is the similarity of a training-free learner that takes one.
    """

    trained: bool = False
    own_objective: bool = False
    by_task: bool = False
    of_pairs: bool = False
    of_forgeries: bool = False
    default_similarity: str | None = None


MARKS: dict[str, type[Marks]] = {
    "datasets": DataSetMarks,
    "protocols": ProtocolMarks,
    "backbones": BackboneMarks,
    "similarities": SimilarityMarks,
    "losses": LossMarks,
    "learners": LearnerMarks,
}


Made = TypeVar("Made", bound=Callable)
Keywords = ParamSpec("Keywords")


@runtime_checkable
class Decorator(Protocol[Keywords]):
    """A decorator with marks as keywords, or used bare if all marks have defaults; the part keeps its type."""

    @overload
    def __call__(self, part: Made, /) -> Made: ...
    @overload
    def __call__(self, *nothing: Keywords.args, **marks: Keywords.kwargs) -> Callable[[Made], Made]: ...


def decorator(kind: Callable[Keywords, Marks]) -> Callable[[Callable], Decorator[Keywords]]:
    """Turn a function `(part, marks) -> part` into a decorator whose keywords are the fields of a kind of marks."""
    known = inspect.signature(kind).parameters

    def make(finish: Callable) -> Decorator[Keywords]:
        name = f"@{finish.__name__}"

        def mark(part: Callable | None = None, /, **given: Any) -> Callable:
            if part is not None and not callable(part):
                raise RequestError(f"{name}: expected a function or a class, got {part!r}")
            if wrong := sorted(given.keys() - known):
                raise unknown(f"keyword of {name}", wrong[0], known)
            if missing := [key for key, one in known.items() if one.default is one.empty and key not in given]:
                raise RequestError(f"{name} needs the keyword {missing[0]}, which was not given")
            marks = cast(Callable[..., Marks], kind)(**given)
            return (lambda part: finish(part, marks)) if part is None else finish(part, marks)

        update_wrapper(mark, finish)
        part = inspect.Parameter("part", inspect.Parameter.POSITIONAL_ONLY, default=None)
        mark.__dict__["__signature__"] = inspect.Signature([part, *known.values()])  # as `help` shows it
        return cast(Decorator[Keywords], mark)

    return make


def marked(part: Made, marks: Marks) -> Made:
    """Set the marks on a part and return it."""
    part.marks = marks  # pyright: ignore[reportFunctionMemberAccess]
    return part
