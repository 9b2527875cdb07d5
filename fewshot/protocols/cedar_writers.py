"""CEDAR's 55 writers: 45 to learn from, 5 to choose by and 5 to be tested on, divided as by MS-SigNet or in 11 folds.

Of each writer of a stage these are compared: all 276 pairs of genuine signatures, and 276 of the 576 of a genuine one
and a skilled forgery; on test also 276 of a genuine one and one of another writer. And `references` of each
writer, drawn ten times, are compared with the other genuine signatures, the forgeries and those of other writers.
"""

from collections.abc import Sequence

from fewshot.core.checks import between
from fewshot.data.class_lists.writers import CEDAR, CEDAR_TEST, CEDAR_VAL, FOLDS, cedar_fold, divided
from fewshot.protocols._protocol import Protocol, protocol
from fewshot.protocols._writers import of_writers


@protocol
def cedar_writers(
    *, fold: int = 0, references: Sequence[int] = (1, 3, 5, 8), episodes: int = 1000, val_episodes: int = 200
) -> Protocol:
    """MS-SigNet's split of seed 11, or the `fold` from 1 to 11 whose five writers are tested, val being the next."""
    between(0, FOLDS, fold=fold)
    classes = cedar_fold(fold) if fold else divided(CEDAR, CEDAR_VAL, CEDAR_TEST)
    given = {"way": 5, "references": references, "episodes": episodes, "val_episodes": val_episodes}
    return of_writers("cedar_writers", "cedar", classes, **given)
