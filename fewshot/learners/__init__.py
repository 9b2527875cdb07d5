"""Learners: one file each. `siamese` is trained; the others need no training."""

from collections.abc import Callable
from functools import partial


def learner(make: type | None = None, *, trained: bool = False, revision: int = 1) -> Callable:
    """Mark a class as the learner of its file's name; `trained` says whether it has weights to train."""
    if make is None:
        return partial(learner, trained=trained, revision=revision)
    make.kind = "learners"
    make.trained, make.revision = trained, revision
    return make
