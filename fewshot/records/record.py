"""`RunRecord`: the results of one run, stored as JSON under its spec's id."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from fewshot.core.described import Described
from fewshot.core.errors import RequestError
from fewshot.core.files import size_of
from fewshot.core.spec.names import VERIFICATION
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.spec.stored import stored_spec
from fewshot.core.statistics.intervals import t_interval
from fewshot.core.statistics.operating_points import Chosen
from fewshot.records.answers import Answers, ClassCounts, Identified, PairClasses, PairList, Trials, check_answers
from fewshot.records.compact import (
    SHARED,
    cut_shared,
    packed,
    packed_answers,
    packed_identified,
    packed_list,
    packed_names,
    packed_pairs,
    unpacked,
    unpacked_answers,
    unpacked_identified,
    unpacked_list,
    unpacked_names,
    unpacked_pairs,
)
from fewshot.records.counts import check_counts
from fewshot.records.seal import FORMAT, check_seal, sealed
from fewshot.records.values import check_chosen, check_curve, check_fields, check_numbers, check_references

LARGEST = 2**27  # bytes of a record that is read
LIMIT = 300_000  # characters of a record; a longer one keeps fewer confusions
ReferenceErrors = dict[str, dict[str, dict[str, list[float]]]]  # by role, rule and number: a value for each class
COMPACT = ("accuracy", "classes", "answers", "pair_classes", "identified")  # without blanks in a record with answers


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


def to_text(record: RunRecord) -> str:
    """The record as JSON, one line a field; of many classes fewer confusions are kept, so that it fits `LIMIT`.

    A record that is longer without any confusions may have a tenth more for them.
    """
    text, most = _text(record), max((len(one.confusions) for one in _counts(record).values()), default=0)
    limit = LIMIT if len(text) <= LIMIT else max(LIMIT, 1.1 * len(_text(_with_confusions(record, 0))))
    while len(text) > limit and most:
        most //= 2
        text = _text(_with_confusions(record, most))
    return text


def read_record(file: Path, checked: set[bytes] | None = None) -> RunRecord:
    """The record in a file. Raises `RequestError` for other content, an id that is not the file's name, or a broken
    seal; a record from before the seals is held to its protocol's counts.

    A content whose SHA-256 is among those `checked` is not checked again; that of a sealed record is added to them.
    """
    try:
        if (size := size_of(file)) > LARGEST:
            raise ValueError(f"{size:,} bytes, of at most {LARGEST:,}")
        content = file.read_bytes()
        digest = hashlib.sha256(content).digest() if checked is not None else b""
        text = (content.replace(b"\r\n", b"\n") if b"\r" in content else content).decode()
        rest, shared = cut_shared(text)
        plain = json.loads(rest, parse_constant=_refuse)
        shared |= {name: json.dumps(plain[name]) for name in SHARED if name in plain}
        known = checked is not None and digest in checked
        record = (_record if known else _checked)(plain, SHARED | shared)
        own = record.id == file.stem == plain["id"]
        if own and not known:
            if not check_seal(text, plain):
                check_counts(record.spec, record.accuracy, len(record.same), len(record.different), record.curve)
            elif checked is not None:
                checked.add(digest)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise RequestError(f"{file}: expected a run's record, got: {type(error).__name__}: {error}") from error
    if not own:
        raise RequestError(f"{file}: its spec has the id {record.id}, not the one in its name; records are not edited")
    return record


def _checked(plain: dict, shared: dict[str, str]) -> RunRecord:
    """The record of `_record`. Raises `ValueError` and others for values that no run gives."""
    check_fields(plain)
    check_curve(plain["curve"], plain["kept"])
    check_chosen(plain)
    record = _record(plain, shared)
    for name, values in record.accuracy.items():
        check_numbers(f"accuracy of {name}", values or [-1], 0, 1)
    for side in ("same", "different"):
        check_numbers(f"verification, {side} pairs", getattr(record, side))
    pairs = len(record.same) + len(record.different)
    if (got := len(record.accuracy.get(VERIFICATION, [0] * pairs))) != pairs:
        raise ValueError(f"accuracy of {VERIFICATION}: expected {pairs} pairs, got {got}")
    if record.answers and record.answers.keys() != record.accuracy.keys() - {VERIFICATION}:
        tasks = (", ".join(kinds) for kinds in (record.accuracy, record.answers))
        raise ValueError("answers: expected those to {}, got those to {}".format(*tasks))
    check_references(record.references, len(record.classes))
    if len({*(numbers := [one.references for one in record.identified])}) < len(numbers):
        raise ValueError(f"identified: expected galleries of different numbers of references, got {numbers}")
    for task, found in record.answers.items():
        check_answers(found, len(record.classes), record.accuracy[task])
    return record


def _record(plain: dict, shared: dict[str, str]) -> RunRecord:
    """The record of parsed JSON and the JSON of its `SHARED` fields. Raises `ValueError` for lists that do not fit."""
    fields = {key: plain["verification"][key] for key in ("same", "different")}
    same, different = map(len, fields.values())
    fields |= {key: plain[key] for key in ("kept", "digests", "facts")}
    fields |= {
        key: plain[key]
        for key in ("skipped", "left_out", "damaged", "points", "chosen_by", "rule", "references")
        if key in plain
    }
    if calibration := plain.get("calibration"):
        fields["calibration"] = tuple(calibration)
    names, notes = unpacked_names(shared["classes"]), plain.get("pair_list", {})
    return RunRecord(
        stored_spec(plain["spec"]),
        {name: unpacked(values) for name, values in plain["accuracy"].items()},
        **fields,
        curve=[tuple(row) for row in plain["curve"]],
        classes=names,
        answers={task: unpacked_answers(one) for task, one in plain.get("answers", {}).items()},
        pair_classes=unpacked_pairs(shared["pair_classes"], len(names), same, different, bool(notes)),
        pair_list=unpacked_list(notes, same + different),
        identified=tuple(unpacked_identified(one, len(names)) for one in plain.get("identified", ())),
    )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"expected finite numbers, got {constant}")


def _text(record: RunRecord) -> str:
    lines = {}
    for key, value in ({"id": record.id, "format": FORMAT} | record.plain()).items():
        signs = (",", ":") if record.answers and key in COMPACT else None
        lines[key] = f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False, separators=signs)}"
    facts = lines.pop("facts")
    return sealed([*lines.values()], facts)


def _with_confusions(record: RunRecord, most: int) -> RunRecord:
    fewer = {task: replace(one, confusions=one.confusions[:most]) for task, one in _counts(record).items()}
    return replace(record, answers=record.answers | fewer)


def _counts(record: RunRecord) -> dict[str, ClassCounts]:
    return {task: one for task, one in record.answers.items() if isinstance(one, ClassCounts)}


def six_digits(values: list[float]) -> list[float]:
    """Scores as a record keeps them."""
    return [float(f"{value:.6g}") for value in values]
