"""What `fewshot run` says before the work begins."""

from types import SimpleNamespace

import pytest

from fewshot.cli.plan import _left_out
from fewshot.execution.estimate import _kind
from fewshot.suites.suite import read_suite

CLASSES = (
    "Greek/alpha",
    "Greek/beta",
    "Ogham/one",
    "Ogham/two",
    "Ogham/three",
    "Latin/a",
    "Latin/b",
    "Latin/c",
    "Latin/d",
)


def spec(*changes: str):
    return read_suite("quickstart", changes=changes).only(["loss=verification"]).specs[0]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([], []),
        (["training.within_group=0.5", "training.task.way=4"],
         ["left out of 4-way tasks within a group: Greek (2), Ogham (3)"]),
        (["training.pairs=20", "training.batch=4"], ["left out of pairs: Greek (2)"]),
    ],
)  # fmt: skip
def test_groups_with_too_few_classes_are_named(monkeypatch, changes, said):
    made_up = SimpleNamespace(open=False, learned_from=lambda learn: CLASSES)
    found = spec(*changes)
    monkeypatch.setattr("fewshot.cli.plan.load_protocol", lambda name: made_up)
    assert _left_out(found) == said


def test_a_step_of_pairs_is_timed_by_its_own_shape():
    pairs = ["training.pairs=20", "training.batch=4"]
    assert _kind(spec(*pairs)) != _kind(spec("training.batch=4"))
    assert _kind(spec(*pairs)) == _kind(spec(*pairs, "training.task.way=7"))
