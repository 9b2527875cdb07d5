"""The marks that a decorator sets on a part, with their defaults: a dataclass for each kind of part.

The registry reads the same marks from the source without importing the part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from fewshot.core.errors import unknown
from fewshot.core.spec import SHOT_RULES


@dataclass(frozen=True, kw_only=True)
class Marks:
    """The marks of any part: `revision` is raised when its numbers change.

    `later` names options that the part gained after records were made. While one has its default, which is what the
    part did before, it is left out of specs, so that old ids stay.
    """

    functions: ClassVar[tuple[str, ...]] = ()  # marks that say whether the decorator is given a function
    revision: int = 1
    later: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class DataSetMarks(Marks):
    """`made_of` names a larger data set that the images are from ("ImageNet"): a table says which of its figures come
    from weights that were pretrained on that. `family` names the option that is written after a colon ("folder:PATH").
    `channels` are those of images whose number is no option.
    """

    functions: ClassVar[tuple[str, ...]] = ("locate", "verify", "splits")
    made_of: str = ""
    family: str = ""
    channels: int = 1
    locate: bool = False
    verify: bool = False
    splits: bool = False


@dataclass(frozen=True, kw_only=True)
class ProtocolMarks(Marks):
    """A protocol has a revision alone, raised when its tasks change."""


@dataclass(frozen=True, kw_only=True)
class BackboneMarks(Marks):
    """`side` is that of the smallest images that a backbone is meant for, in pixels, with which it is checked.

    `family` names the option that is written after a colon ("torchvision:resnet18"), of which `examples` are some
    values. `pretrained` names the option that asks for pretrained weights, and `seen` the images that those have
    learned from: a table says so, and where a data set is `made_of` them.
    """

    side: int = 28
    family: str = ""
    examples: Sequence[str] = ()
    pretrained: str = ""
    seen: str = ""


@dataclass(frozen=True, kw_only=True)
class SimilarityMarks(Marks):
    """A similarity has a revision alone."""


@dataclass(frozen=True, kw_only=True)
class LossMarks(Marks):
    """`similarity` and `shot_rule` are a loss's defaults, `needs` is the `score`, `distance` or `logit` that it calls.

    `of_pairs` marks one made of means over same-class and over different-class comparisons alone, so that it can learn
    from independent pairs, `fixed` one that learns by a measure of its own, so that no other similarity goes with it.
    `family` names the option that is written after a colon ("pml:FastAPLoss"), of which `examples` are some values, and
    `called` is the name where that is none in Python ("baseline++").
    """

    similarity: str
    shot_rule: str = SHOT_RULES[0]
    needs: str = "distance"
    of_pairs: bool = False
    fixed: bool = False
    family: str = ""
    examples: Sequence[str] = ()
    called: str = ""

    def __post_init__(self) -> None:
        if self.shot_rule not in SHOT_RULES:
            raise unknown("shot rule", self.shot_rule, SHOT_RULES)


@dataclass(frozen=True, kw_only=True)
class LearnerMarks(Marks):
    """`trained` marks a learner with weights to train, `own_objective` one that no loss goes with.

    `by_task` marks an objective of its own that is the mean of what each task gives alone, batch norms and all, so that
    several processes can share a step's tasks, and `of_pairs` an objective that takes `Pairs` as well as `Tasks`.
    `default_similarity` is for a learner without training that takes one.
    """

    trained: bool = False
    own_objective: bool = False
    by_task: bool = False
    of_pairs: bool = False
    default_similarity: str | None = None


MARKS: dict[str, type[Marks]] = {
    "datasets": DataSetMarks,
    "protocols": ProtocolMarks,
    "backbones": BackboneMarks,
    "similarities": SimilarityMarks,
    "losses": LossMarks,
    "learners": LearnerMarks,
}


def marked(part: Callable | None, marks: Marks) -> Callable:
    """The part with its marks; without a part, the decorator that sets them."""
    if part is None:
        return partial(marked, marks=marks)
    part.marks = marks
    return part
