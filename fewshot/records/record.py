"""`RunRecord`: the results of one run, stored as JSON under its spec's id."""

from dataclasses import dataclass, field

from fewshot.core.described import Described
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.statistics.intervals import t_interval
from fewshot.core.statistics.operating_points import Chosen
from fewshot.records.answers import Answers, ClassCounts, Identified, PairClasses, PairList, Trials
from fewshot.records.stored.compact import (
    packed,
    packed_answers,
    packed_identified,
    packed_list,
    packed_names,
    packed_pairs,
)

ReferenceErrors = dict[str, dict[str, dict[str, list[float]]]]  # by role, rule and number: a value for each class


@dataclass(frozen=True, repr=False)
class RunRecord(Described):
    """One run: its spec, the accuracy of every episode, verification scores, curve, and digests of the images.

    `classes` are the names of the classes measured, which the numbers in `answers` (by kind of task, variants too) and
    `pair_classes` count; old records have none of these.
    """

    spec: RunSpec
    accuracy: dict[str, list[float]]
    same: list[float]
    different: list[float]
    curve: list[tuple[int, float, float | None]] = field(default_factory=list)
    kept: int = 0  # the step whose weights were evaluated
    digests: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)  # damaged images left out, by split; written if not empty
    left_out: dict[str, int] = field(default_factory=dict)  # "classes" left out as too small, and their "images"
    facts: dict = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    answers: dict[str, Answers] = field(default_factory=dict)
    pair_classes: PairClasses | None = None
    points: dict[str, float] = field(default_factory=dict)  # thresholds chosen on val, by name: "eer", "fmr=0.01"
    calibration: tuple[float, float] | None = None  # slope and offset, chosen on val: a score's log-likelihood ratio
    chosen_by: str = ""  # the id of the run whose pairs of val chose these, if it is another
    rule: str = ""  # for several references of one class, chosen on val
    damaged: dict[str, list[str]] = field(default_factory=dict)  # files of the first images skipped, by split
    pair_list: PairList | None = None  # more on pairs that a list names
    identified: tuple[Identified, ...] = ()  # probes of each gallery
    references: ReferenceErrors = field(default_factory=dict)
    _counted: dict[str, ClassCounts] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def id(self) -> str:
        """The spec's id."""
        return self.spec.id

    @property
    def on_val(self) -> float | None:
        """The accuracy on val at the step whose weights were evaluated; None where it was not measured."""
        return next((val for step, _, val in self.curve if step == self.kept), None)

    def __str__(self) -> str:
        return ", ".join(f"{task} {found}" for task, found in self._intervals().items())

    def summary(self) -> dict[str, str]:
        """The parts of the run, and its accuracy on each kind of task: "93.5 ± 1.9 (n = 20)"."""
        named = {kind: getattr(self.spec, kind) for kind in ("loss", "learner", "similarity", "backbone")}
        parts = {kind: part.name for kind, part in named.items() if part}
        where = {"protocol": self.spec.protocol.name, "stage": self.spec.stage, "size": f"{self.spec.size} px"}
        return {"id": self.id} | parts | where | {"seed": str(self.spec.seed)} | self._intervals()

    @property
    def chosen(self) -> Chosen:
        """The points, the calibration and the rule that val has chosen."""
        return Chosen(self.points, self.calibration, self.chosen_by, self.rule)

    def counts(self, task: str) -> ClassCounts | None:
        """The answers to a kind of task by class; None if the record has no answers, or the task no classes."""
        found = self.answers.get(task)
        if not isinstance(found, Trials):
            return found
        if task not in self._counted:
            self._counted[task] = found.counts(len(self.classes))
        return self._counted[task]

    def plain(self) -> dict:
        """The record as plain values for JSON, rounded to the precision of float32."""
        answers = {task: packed_answers(found) for task, found in self.answers.items()}
        return {
            "id": self.id,
            "spec": self.spec.plain(),
            "accuracy": {name: packed(values, letters=bool(answers)) for name, values in self.accuracy.items()},
            **({"classes": packed_names(self.classes)} if self.classes else {}),
            **({"answers": answers} if answers else {}),
            "verification": {"same": six_digits(self.same), "different": six_digits(self.different)},
            **({"pair_classes": packed_pairs(self.pair_classes)} if self.pair_classes else {}),
            **({"points": self.points} if self.points else {}),
            **({"calibration": [*self.calibration]} if self.calibration else {}),
            **({"chosen_by": self.chosen_by} if self.chosen_by else {}),
            **({"rule": self.rule} if self.rule else {}),
            **({"pair_list": notes} if self.pair_list and (notes := packed_list(self.pair_list)) else {}),
            **({"identified": [*map(packed_identified, self.identified)]} if self.identified else {}),
            **({"references": self.references} if self.references else {}),
            "curve": [
                [step, *six_digits([loss]), val if val is None else round(val, 6)] for step, loss, val in self.curve
            ],
            "kept": self.kept,
            "digests": self.digests,
            **({"skipped": self.skipped} if self.skipped else {}),
            **({"left_out": self.left_out} if self.left_out else {}),
            **({"damaged": self.damaged} if self.damaged else {}),
            "facts": self.facts,
        }

    def _intervals(self) -> dict[str, str]:
        """The mean and its 95 % interval over episodes, in per cent, by kind of task."""
        return {task: f"{t_interval(values)} (n = {len(values)})" for task, values in self.accuracy.items()}


def six_digits(values: list[float]) -> list[float]:
    """Scores as a record keeps them."""
    return [float(f"{value:.6g}") for value in values]
