"""The material of figures: a suite's records and, for those that need networks or images, the folders of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fewshot.records.record import RunRecord
from fewshot.suites.search.choice import Choice
from fewshot.suites.status import Status
from fewshot.suites.suite import Suite


class LeftOut(Exception):
    """Raised by a figure's `data` for the reason why it is left out, where this is not its `NEEDS`."""


@dataclass(frozen=True)
class Given:
    """A suite, its records in its order, its searches' choices by the id of the cell's spec, and folders.

    Kept networks lie below `results`; data sets are looked for in `data`, and then in the usual places.
    """

    suite: Suite
    records: Sequence[RunRecord]
    choices: Mapping[str, Choice] = field(default_factory=dict)
    results: Path | None = None
    data: Path | None = None


def given_by(status: Status, results: Path | None = None, data: Path | None = None) -> Given:
    """What a suite's status and these folders give."""
    return Given(status.suite, status.records, status.choices, results, data)
