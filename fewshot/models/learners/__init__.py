"""Learners: one file each.

A trained one is an `nn.Module` made by `(encoder, similarity, shot_rule, *, options)`, or by `(encoder, *, options)`
when it brings its own objective; a training-free one by `(similarity, shot_rule, *, options)` or by `(*, options)`.
One whose objective takes `Pairs` as well as `Tasks` says `of_pairs = True`.
"""

from collections.abc import Callable
from functools import partial


def learner(
    make: type | None = None,
    *,
    trained: bool = False,
    own_objective: bool = False,
    by_task: bool = False,
    default_similarity: str | None = None,
    revision: int = 1,
) -> Callable:
    """Mark a class as the learner of its file's name.

    `trained` says whether it has weights to train, `own_objective` that no loss goes with it, `by_task` that this
    objective is the mean of what each task gives on its own, batch norms and all, so that several processes can share
    a step's tasks, `default_similarity` is for one without training that takes a similarity, and `revision` is raised
    when its numbers change.
    """
    marks = {"trained": trained, "own_objective": own_objective, "by_task": by_task, "revision": revision}
    marks |= {"default_similarity": default_similarity}
    if make is None:
        return partial(learner, **marks)
    make.kind = "learners"
    for name, value in marks.items():
        setattr(make, name, value)
    return make
