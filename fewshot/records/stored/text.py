"""A record's text: JSON with a line for each field, and the record that such a text holds."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from fewshot.core.errors import RequestError
from fewshot.core.files import size_of
from fewshot.core.spec.names import VERIFICATION
from fewshot.core.spec.stored import stored_spec
from fewshot.records.answers import ClassCounts
from fewshot.records.record import RunRecord
from fewshot.records.stored.compact import (
    SHARED,
    cut_shared,
    unpacked,
    unpacked_answers,
    unpacked_identified,
    unpacked_list,
    unpacked_names,
    unpacked_pairs,
)
from fewshot.records.stored.consistency import check_answers
from fewshot.records.stored.counts import check_counts
from fewshot.records.stored.seal import FORMAT, check_seal, sealed
from fewshot.records.stored.values import check_chosen, check_curve, check_fields, check_numbers, check_references

LARGEST = 2**27  # bytes of a record that is read
LIMIT = 300_000  # characters of a record; a longer one keeps fewer confusions
COMPACT = ("accuracy", "classes", "answers", "pair_classes", "identified")  # without blanks in a record with answers


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
