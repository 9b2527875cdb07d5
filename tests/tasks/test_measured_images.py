"""The images behind a record's answers, found anew."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.data.bank import make_bank
from fewshot.protocols import load_protocol
from fewshot.protocols._pair_lists import PairLists
from fewshot.records.answers import PairClasses, trials_of
from fewshot.records.record import RunRecord
from fewshot.registry.lookup import make_part
from fewshot.tasks import measured_images as module
from fewshot.tasks.fixed import evaluation_tasks, verification_tasks
from fewshot.tasks.measured_images import measured_images

LAKE = load_protocol("lake")
TASK = "20-way 1-shot"


@pytest.fixture
def bank(monkeypatch):
    """The test classes of Omniglot, an image of one pixel for each drawing, in place of the data set's."""
    names = LAKE.classes["test"]
    groups = tuple(dict.fromkeys(name.split("/")[0] for name in names))
    label = np.arange(len(names)).repeat(20)
    group = np.array([groups.index(name.split("/")[0]) for name in names]).repeat(20)
    authors = tuple(f"{drawer:02d}" for drawer in range(1, 21))
    several = {"classes": names, "groups": groups, "authors": authors}
    found = make_bank(
        np.zeros((len(label), 1, 1, 1), np.uint8), label, group, np.tile(range(20), len(names)), **several
    )
    monkeypatch.setattr(module, "load_bank", lambda *given, shuffled: found)
    return found


@pytest.fixture
def record(bank) -> RunRecord:
    spec = RunSpec(make_part("datasets", "omniglot"), make_part("protocols", "lake"), "test", 1,
                   make_part("learners", "pixels"))  # fmt: skip
    drawn, pairs = evaluation_tasks(bank, LAKE.test[0], LAKE), verification_tasks(bank, LAKE, "test")
    trials = trials_of(drawn.classes.tolist(), torch.eye(20).expand(20, 20, 20).tolist())
    same, right, left = pairs.classes.T.tolist()
    return RunRecord(
        spec,
        {TASK: trials.accuracy(), f"{TASK}, batch statistics": trials.accuracy()},
        [1.0] * len(pairs),
        [0.0] * len(pairs),
        digests={"test": bank.digest},
        classes=bank.classes,
        answers={TASK: trials, f"{TASK}, batch statistics": trials},
        pair_classes=PairClasses(same, [*zip(left, right, strict=True)]),
    )


def test_official_trials_and_pairs_are_those_of_the_record(bank, record):
    found = measured_images(record, [])
    assert [*found.trials] == [*record.answers]
    for drawn in found.trials.values():
        assert drawn.classes.tolist() == record.answers[TASK].classes
        assert torch.equal(bank.label[drawn.query[:, :, 0]], drawn.classes)
    assert bank.label[found.pairs.same[:, 0]].tolist() == record.pair_classes.same


def test_other_images_and_other_tasks_are_refused(record):
    with pytest.raises(
        RequestError, match=f"omniglot: expected the images of test that record {record.id} was measured"
    ):
        measured_images(replace(record, digests={"test": "0" * 64}), [])
    trials = record.answers[TASK]
    other = replace(record, answers={TASK: replace(trials, classes=trials.classes[::-1])})
    pairs = replace(record, pair_classes=replace(record.pair_classes, same=record.pair_classes.same[::-1]))
    for changed in (other, pairs):
        with pytest.raises(RequestError, match="the protocol or a list of its pairs has changed"):
            measured_images(changed, [])


def test_a_list_of_pairs_that_has_changed_is_refused(record, monkeypatch):
    monkeypatch.setattr(PairLists, "digests", {"pairs of test": "a" * 64})
    listed = replace(LAKE, lists=PairLists({"test": "pairs.txt"}))
    monkeypatch.setattr(module, "protocol_of", lambda spec, folders: listed)
    pairs = module.verification_pairs
    monkeypatch.setattr(module, "verification_pairs", lambda bank, _, stage: pairs(bank, LAKE, stage))
    measured_images(replace(record, digests={**record.digests, "pairs of test": "a" * 64}), [])
    with pytest.raises(RequestError, match="a list of its pairs has changed"):
        measured_images(replace(record, digests={**record.digests, "pairs of test": "b" * 64}), [])
