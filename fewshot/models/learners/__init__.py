"""Learners: one file each.

A trained one is an `nn.Module` made by `(encoder, similarity, shot_rule, *, options)`, or by `(encoder, *, options)`
when it brings its own objective; a training-free one by `(similarity, shot_rule, *, options)` or by `(*, options)`.
One whose objective takes `Pairs` as well as `Tasks` has the mark `of_pairs`.
"""

from collections.abc import Callable

from fewshot.core.marks import LearnerMarks, marked


def learner(make: type | None = None, **marks: object) -> Callable:
    """Mark a class as the learner of its file's name, with the keywords of `LearnerMarks`."""
    return marked(make, LearnerMarks(**marks))
