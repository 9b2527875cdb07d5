"""Learners: one file each.

A trained learner is an `nn.Module` made by `(encoder, similarity, shot_rule, *, options)`, or by `(encoder, *,
options)` if it has an objective of its own; a training-free learner is made by `(similarity, shot_rule, *, options)` or
by `(*, options)`. A learner whose objective takes `Pairs` as well as `Tasks` has the mark `of_pairs`.
"""

from torch import nn

from fewshot.core.described import Described
from fewshot.core.marks import LearnerMarks, Made, decorator, marked
from fewshot.models.learned_from import learned_by, remembering


@decorator(LearnerMarks)
def learner(make: Made, marks: LearnerMarks) -> Made:
    """Mark a class as the learner of its file's name, with the keywords of `LearnerMarks`.

    In a file `ink.py`, a learner without training that compares amounts of ink:

    >>> from fewshot import Scores, Tasks, learner
    >>> @learner
    ... class ink:
    ...     transductive = False
    ...
    ...     def scores(self, tasks: Tasks) -> Scores:
    ...         own, query = tasks.support.mean((2, 3, 4, 5)), tasks.query.mean((3, 4, 5))
    ...         return -(query[..., None] - own[:, None, None]).abs()
    """
    return marked(remembering(make), marks)


class Network(Described, nn.Module):
    """A learner with weights, shown by the names of its modules instead of all layers."""

    def summary(self) -> dict[str, str]:
        """The names of its modules, and the numbers of their weights and of their training classes."""
        parts = {name: type(part).__name__ for name, part in self.named_children()}
        learned, weights = len(learned_by(self)), sum(one.numel() for one in self.parameters())
        return parts | {"weights": f"{weights:,}", "learned from": f"{learned:,} classes"}
