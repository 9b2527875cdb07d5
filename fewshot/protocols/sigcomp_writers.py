"""SigComp2011's 64 Dutch writers: the 54 of its test set are tested by networks of the 10 of its training set.

Or the other way round; every third of those learned from is kept to choose by.
Of each writer of a stage these are compared: all pairs of genuine signatures, and as many of a genuine one and a
skilled forgery, where there are as many; on test also of a genuine one and one of another writer. References as in
`cedar_writers`.
"""

from collections.abc import Sequence

from fewshot.data.class_lists.writers import sigcomp_split
from fewshot.protocols._protocol import Protocol, protocol
from fewshot.protocols._writers import of_writers


@protocol
def sigcomp_writers(
    *, turned: bool = False, references: Sequence[int] = (1, 3, 5, 8), episodes: int = 1000, val_episodes: int = 200
) -> Protocol:
    """The competition's training writers are learned from or, `turned`, its test writers."""
    given = {"way": 2, "references": references, "episodes": episodes, "val_episodes": val_episodes}
    return of_writers("sigcomp_writers", "sigcomp2011_dutch", sigcomp_split(turned), **given)
