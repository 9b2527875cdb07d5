"""`RunRecord`: the results of one run, stored as JSON under its spec's id."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from fewshot.core.described import Described
from fewshot.core.errors import RequestError
from fewshot.core.spec import RunSpec, from_plain
from fewshot.core.statistics.intervals import t_interval

LONG = 2000  # values of one kind of task; a longer list is stored as its distinct values and indices


@dataclass(frozen=True, repr=False)
class RunRecord(Described):
    """One run: its spec, the accuracy of every episode, verification scores, curve, and digests of the images."""

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

    def plain(self) -> dict:
        """The record as plain values for JSON, rounded to the precision of float32."""
        return {
            "id": self.id,
            "spec": self.spec.plain(),
            "accuracy": {name: _packed(values) for name, values in self.accuracy.items()},
            "verification": {"same": _digits(self.same), "different": _digits(self.different)},
            "curve": [
                [step, *_digits([loss]), val if val is None else round(val, 6)] for step, loss, val in self.curve
            ],
            "kept": self.kept,
            "digests": self.digests,
            **({"skipped": self.skipped} if self.skipped else {}),
            **({"left_out": self.left_out} if self.left_out else {}),
            "facts": self.facts,
        }

    def _intervals(self) -> dict[str, str]:
        """The mean and its 95 % interval over episodes, in per cent, by kind of task."""
        return {task: f"{t_interval(values)} (n = {len(values)})" for task, values in self.accuracy.items()}


def to_text(record: RunRecord) -> str:
    """The record as JSON, one line a field."""
    lines = [f"  {json.dumps(key)}: {json.dumps(value, allow_nan=False)}" for key, value in record.plain().items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def read_record(file: Path) -> RunRecord:
    """The record in a file. Raises `RequestError` for other content, or an id that is not the file's name."""
    try:
        plain = json.loads(file.read_text(encoding="utf-8"))
        fields = {key: plain["verification"][key] for key in ("same", "different")}
        fields |= {"curve": [tuple(row) for row in plain["curve"]]}
        fields |= {key: plain.get(key, {}) for key in ("skipped", "left_out")}
        fields |= {key: plain[key] for key in ("kept", "digests", "facts")}
        accuracy = {name: _unpacked(values) for name, values in plain["accuracy"].items()}
        record = RunRecord(from_plain(plain["spec"]), accuracy, **fields)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise RequestError(f"{file}: expected a run's record, got: {type(error).__name__}: {error}") from error
    if record.id != file.stem or plain["id"] != file.stem:
        raise RequestError(f"{file}: its spec has the id {record.id}, not the one in its name; records are not edited")
    return record


def _packed(values: list[float]) -> list[float] | dict[str, list]:
    """The values or, if there are many, distinct ones and indices into them: 10,000 episodes have some 50 values."""
    values = [round(value, 6) for value in values]
    if len(values) <= LONG:
        return values
    different = [value for value, _ in Counter(values).most_common()]
    place = {value: number for number, value in enumerate(different)}
    return {"values": different, "each": [place[value] for value in values]}


def _unpacked(values: list[float] | dict[str, list]) -> list[float]:
    return [values["values"][number] for number in values["each"]] if isinstance(values, dict) else values


def _digits(values: list[float]) -> list[float]:
    return [float(f"{value:.6g}") for value in values]
