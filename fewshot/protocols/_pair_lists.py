"""`PairLists`: the lists of named pairs of a protocol's stages, and the split that follows from them."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path

from fewshot.core.checks import between, of_type, one_of
from fewshot.core.errors import RequestError, unknown
from fewshot.data.class_lists.names import SPLITS
from fewshot.data.locations import listed, meant
from fewshot.data.pair_list import NamedPair, of_classes, read_pair_list

MISSING = ("count", "refuse")  # a pair with an image that is not there: a failure to acquire, or an error


@dataclass(frozen=True)
class PairLists:
    """The files with the pairs of stages, and the pairs once they are read.

    With a `fold`, from 1, of the test list's folds, test has the pairs of this fold, and val those of the next one
    unless it has a list of its own. `missing` says how pairs with a missing image are met.
    """

    files: dict[str, str]
    fold: int = 0
    missing: str = MISSING[0]
    pairs: dict[str, tuple[NamedPair, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        of_type(dict, files=self.files)
        of_type(int, fold=self.fold)
        between(0, None, fold=self.fold)
        one_of(self, missing=MISSING)
        if self.fold and not self.files.get("test"):
            raise RequestError(f"fold: expected a list test with folds, got none, and fold {self.fold}", "fold")

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of the pairs of each stage, under "pairs of test"."""
        return {
            f"pairs of {stage}": hashlib.sha256(json.dumps([*map(astuple, pairs)]).encode()).hexdigest()
            for stage, pairs in self.pairs.items()
        }

    def read(self, folders: Sequence[Path]) -> "PairLists":
        """These lists with their pairs, from files below one of the folders or from here, as `meant` says."""
        pairs = {stage: read_pair_list(_find(name, folders)) for stage, name in self.files.items() if name}
        folds = {stage: _folds(own, self.files[stage]) for stage, own in pairs.items()}
        if self.fold:
            folds = folds["test"]
            if self.fold > len(folds):
                raise RequestError(
                    f"fold: expected one of {len(folds)} in {self.files['test']}, got {self.fold}", "fold"
                )
            own, following = (folds[number % len(folds)] for number in (self.fold - 1, self.fold))
            if len(folds) > 1:
                pairs.setdefault("val", tuple(pair for pair in pairs["test"] if pair.fold == following))
            pairs["test"] = tuple(pair for pair in pairs["test"] if pair.fold == own)
        elif "test" in folds:
            _check_thresholds(pairs["test"], folds["test"], self.files["test"])
        return replace(self, pairs=pairs)

    def divide(self, classes: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        """The classes of each split: test and val have those that their lists name, train has all others.

        Without a list, either keeps its own classes that the other's list does not name. Where no name in the lists
        begins with a class, the split stays as it is.
        """
        every = sorted(name for split in SPLITS for name in classes[split])
        named = {stage: of_classes(pairs, every) for stage, pairs in self.pairs.items()}
        if not any(named.values()):
            return {split: tuple(classes[split]) for split in SPLITS}
        met = {stage: named.get(stage, set()) for stage in ("val", "test")}
        if both := sorted(met["test"] & met["val"]):
            raise RequestError(
                f"pairs: expected lists of other classes for val and test, both name {len(both)}, such as {both[0]}"
            )
        test = named.get("test", {*classes["test"]} - met["val"])
        val = named.get("val", {*classes["val"]} - met["test"])
        split = {"test": test, "val": val, "train": {*every} - test - val}
        return {one: tuple(name for name in every if name in split[one]) for one in SPLITS}


def _folds(pairs: Sequence[NamedPair], file: str) -> list[str]:
    """The folds of a list, by number where all are numbers. Raises `RequestError` where only some pairs have one."""
    found = list(dict.fromkeys(pair.fold for pair in pairs if pair.fold))
    if found and (without := next((pair.line for pair in pairs if not pair.fold), 0)):
        raise RequestError(f"{file}, line {without}: expected a fold, as other lines have one, got none")
    return sorted(found, key=int) if all(fold.isdecimal() for fold in found) else found


def _check_thresholds(pairs: Sequence[NamedPair], folds: Sequence[str], file: str) -> None:
    """Raise `RequestError` for a fold whose threshold would be that of pairs of one kind, as no other fold has both."""
    for fold in folds if len(folds) > 1 else ():
        if len({pair.same for pair in pairs if pair.fold != fold}) < 2:
            raise RequestError(f"{file}: expected pairs of both kinds outside fold {fold}, for its threshold")


def _find(name: str, folders: Sequence[Path]) -> Path:
    """The file of a list, where `meant` finds it."""
    places = meant(name, folders)
    if found := next((place for place in places if place.is_file()), None):
        return found
    if len(places) == 1:
        raise RequestError(f"list of pairs {name}: expected a file, found none")
    there = [one.name for base in folders if base.is_dir() for one in base.glob("*pairs*")]
    if there:
        raise unknown("list of pairs", name, there)
    raise RequestError(f"list of pairs {name}: expected a file in {listed(folders)} or here, found none")
