"""Scores of pairs of a method or of any system, with identities, roles and the thresholds chosen for them."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from fewshot.core.spec.names import CALLED
from fewshot.core.statistics.operating_points import Chosen
from fewshot.core.statistics.pairs import Identities
from fewshot.reporting.comparisons.identities import failed_of, has_skilled, scores_of, sides_of, with_unknown
from fewshot.reporting.summary import Method

OTHER = "other"  # stands for no role, where other pairs are of forgeries


@dataclass(frozen=True)
class PairScores:
    """Scores of same-class and different-class pairs, `[training pair]`, and the thresholds chosen for each training.

    A failure to acquire scores −infinity. `sides` are the identities, as numbers, of same-class pairs `[pair]` and of
    different-class pairs `[pair 2]`, and `word` names them: "alphabets". `roles` are of different-class pairs; `role`
    is the one of them all, "" where they are of several or none; `forged` tells those with a forgery of the class.
    `unplaced` counts failures without a role, which are in no figure where roles are apart. With `strangers`, failures
    have identities of their own.

    With `folds`, pairs are those of all of them: a fold has trainings and thresholds of its own, in whose scores alone
    its pairs are compared.
    """

    label: str
    same: np.ndarray
    different: np.ndarray
    chosen: tuple[Chosen, ...] = ()
    sides: tuple[np.ndarray, np.ndarray] | None = None
    word: str = "identities"
    roles: tuple[str, ...] = ()
    role: str = ""
    forged: np.ndarray | None = None
    unplaced: int = 0
    strangers: bool = False
    folds: tuple["PairScores", ...] = ()
    figures: dict[str, object] = field(default_factory=dict, init=False, repr=False, compare=False)  # once computed

    @cached_property
    def identities(self) -> Identities | None:
        """The identities; None where they are not known, or all pairs have one in common."""
        found = Identities(*self.sides) if self.sides else None
        return found if found and found.apart else None

    @property
    def known(self) -> int:
        """The number of identities without those of failures that have one of their own."""
        lost = sum(int(np.isneginf(kind[0]).sum()) for kind in (self.same, self.different))
        return len(self.identities) - lost * self.strangers if self.identities else 0

    @property
    def named(self) -> str:
        """The label, with the role: "triplet, skilled forgeries"."""
        return ", ".join(filter(None, (self.label, CALLED.get(self.role, self.role))))

    def by_role(self) -> "list[PairScores]":
        """These scores and, if different-class pairs have several roles, those of each beside all same-class pairs.

        Skilled and random forgeries are never counted together.
        """
        names = sorted({*self.roles} - {""})
        if not has_skilled(names):
            return [self, *(self._of(name) for name in names if len(names) > 1)]
        rest = self.different[:, np.array(self.roles) == ""]
        if np.isfinite(rest).any():
            return [*map(self._of, names), self._of("")]
        return [replace(self._of(name), unplaced=rest.shape[1]) for name in names]

    def _of(self, role: str) -> "PairScores":
        kept = np.array(self.roles) == role
        sides = (self.sides[0], self.sides[1][kept]) if self.sides else None
        kept_of = {"different": self.different[:, kept], "forged": None if self.forged is None else self.forged[kept]}
        folds = tuple(one._of(role) for one in self.folds if role in one.roles)
        return replace(self, role=role or OTHER, sides=sides, roles=(), folds=folds, **kept_of)


def of_method(method: Method, label: str) -> PairScores:
    """The scores of a method's records; each failure to acquire is of an identity of its own."""
    if method.folds:
        return _of_folds(method, label)
    records, sides = method.records, sides_of(method.records)
    chosen = tuple(one.chosen for one in records if one.points)
    notes, pairs, failed = records[0].pair_list, len(records[0].same), failed_of(records[0])
    same, different = map(np.array, zip(*map(scores_of, records), strict=True))
    found = PairScores(label, same, different, chosen if len(chosen) == len(records) else ())
    roles = (*notes.roles[pairs:], *[""] * failed[1]) if notes and notes.roles else ()
    if sides:
        forged = np.array([one == other for one, other in records[0].pair_classes.different] + [False] * failed[1])
        both = with_unknown(sides.same, sides.different, failed)
        found = replace(found, sides=both, word=sides.word, forged=forged, strangers=True)
    return replace(found, roles=roles)


def _of_folds(method: Method, label: str) -> PairScores:
    """The pairs of all folds, by as many trainings as every fold has."""
    parts = [of_method(Method(some[0].spec, label, some), label) for some in method.even_folds]
    if any(one.roles for one in parts):
        parts = [one if one.roles else replace(one, roles=("",) * one.different.shape[1]) for one in parts]
    same, different = (np.concatenate([getattr(one, kind) for one in parts], 1) for kind in ("same", "different"))
    chosen = tuple(point for one in parts for point in one.chosen) if all(one.chosen for one in parts) else ()
    roles = tuple(role for one in parts for role in one.roles)
    return PairScores(label, same, different, chosen, word="folds", roles=roles, folds=tuple(parts))
