"""The writers of the data sets of signatures, and how they are divided into those to learn from and those to test."""

CEDAR = tuple(f"{number:02d}" for number in range(1, 56))
FOLDS = 11  # of five writers each
# MS-SigNet's split of seed 11 (arXiv 2308.00428).
CEDAR_TEST, CEDAR_VAL = ("29", "30", "36", "50", "55"), ("12", "13", "33", "38", "53")

# The competition's training set, and the writers of its test set.
SIGCOMP_TRAINING = tuple(f"{number:03d}" for number in (1, 2, 3, 4, 6, 9, 12, 14, 15, 16))
SIGCOMP_TEST = ("013", *(f"{number:03d}" for number in range(17, 70)))
SIGCOMP = tuple(sorted((*SIGCOMP_TRAINING, *SIGCOMP_TEST)))


def divided(every: tuple[str, ...], val: tuple[str, ...], test: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The writers of each split: those of neither val nor test are learned from."""
    return {"train": tuple(one for one in every if one not in {*val, *test}), "val": val, "test": test}


def sigcomp_split(turned: bool = False) -> dict[str, tuple[str, ...]]:
    """The competition's training writers to learn from, or `turned` its test writers, every third kept for val, and the
    others to test.

    >>> {split: len(names) for split, names in sigcomp_split().items()}
    {'train': 7, 'val': 3, 'test': 54}
    """
    learned, test = (SIGCOMP_TEST, SIGCOMP_TRAINING) if turned else (SIGCOMP_TRAINING, SIGCOMP_TEST)
    return divided(SIGCOMP, learned[2::3], test)


def cedar_fold(fold: int) -> dict[str, tuple[str, ...]]:
    """The writers of each split of a fold from 1 to `FOLDS`, whose five writers are tested; val has those of the next
    one.

    >>> {split: len(names) for split, names in cedar_fold(11).items()}
    {'train': 45, 'val': 5, 'test': 5}
    """
    return divided(CEDAR, CEDAR[fold % FOLDS :: FOLDS], CEDAR[fold - 1 :: FOLDS])
