"""`Setting`: an evaluation as a value, which a mistake changes in one place."""

from collections.abc import Callable
from dataclasses import dataclass

from fewshot.core.types import Learner, Scores
from fewshot.data.bank import ImageBank
from fewshot.evaluation.answers import Best, best_of
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.sampler import TaskIndices


@dataclass(frozen=True)
class Setting:
    """A learner, the images, the tasks drawn from them, and the rule by which scores become answers.

    `original` gives the same images in the size in which the data set has them.
    """

    learner: Learner
    bank: ImageBank
    protocol: Protocol
    episodes: Episodes
    drawn: TaskIndices
    original: Callable[[], ImageBank]
    judge: Callable[[Scores], Best] = best_of
