"""Learners: one file each.

A trained learner is an `nn.Module` made by `(encoder, similarity, shot_rule, *, options)`, or by `(encoder, *,
options)` if it has an objective of its own; a training-free learner is made by `(similarity, shot_rule, *, options)` or
by `(*, options)`. A learner whose objective takes `Pairs` as well as `Tasks` has the mark `of_pairs`.
"""

from collections.abc import Callable

from fewshot.core.marks import LearnerMarks, marked


def learner(make: type | None = None, **marks: object) -> Callable:
    """Mark a class as the learner of its file's name, with the keywords of `LearnerMarks`."""
    return marked(make, LearnerMarks(**marks))
