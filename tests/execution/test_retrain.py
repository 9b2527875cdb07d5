"""Networks that a run keeps, and recorded runs trained again for theirs."""

from dataclasses import replace

import pytest
from runs import ready, run_whole

import fewshot
from fewshot.core.errors import RequestError
from fewshot.core.notices import Notice
from fewshot.execution.attempt import attempt
from fewshot.execution.retrain import difference, retrain, without_network
from fewshot.execution.serial import run_suite
from fewshot.execution.underway.trace import read_traces
from fewshot.records.failures import Failure
from fewshot.suites.status import read_status
from fewshot.suites.suite import read_suite
from fewshot.verification.network_file import read_network

TINY = ["training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]"]


def names(results) -> set[str]:
    return {file.name for file in (results / "weights").glob("*")}


def test_a_run_at_stage_test_keeps_its_network(tmp_path):
    suite = read_suite("quickstart", changes=TINY)
    used = [cell for cell in suite.cells if not cell.start.loss or cell.start.loss.name == "triplet"]
    suite = replace(suite, cells=tuple(used))
    records = run_whole(suite, tmp_path / "kept").records
    (trained,) = [record for record in records if record.spec.training]
    assert names(tmp_path / "kept") == {f"{trained.id}.safetensors"}
    assert read_network(tmp_path / "kept" / "weights" / f"{trained.id}.safetensors").spec == trained.spec
    begun, context = ready(suite, tmp_path / "none")
    run_suite(begun, replace(context, weights=False))
    assert not names(tmp_path / "none")


def test_a_run_on_val_keeps_none(tmp_path):
    suite = read_suite("quickstart", changes=TINY, stage="val").only(["loss=triplet"])
    run_whole(suite, tmp_path)
    assert not names(tmp_path)
    _, context = ready(suite, tmp_path)
    with pytest.raises(RequestError, match="weights: expected a cell that trains at stage test"):
        without_network(read_status(suite, tmp_path), context)


def test_a_recorded_run_is_trained_again_to_the_same_numbers(tmp_path):
    suite = read_suite("quickstart", changes=TINY).only(["loss=triplet"])
    run_whole(suite, tmp_path)
    (file,) = (tmp_path / "weights").iterdir()
    content = file.read_bytes()
    record = next((tmp_path / "runs").rglob("*.json")).read_bytes()
    file.unlink()
    _, context = ready(suite, tmp_path)
    status = read_status(suite, tmp_path)
    (spec,) = without_network(status, context)
    assert [*retrain([spec], status, context)] == [(f"{spec.id} trained again: the same numbers as its record", True)]
    assert [*retrain([spec], status, context)] == [(f"{spec.id} has been trained by another process", True)]
    assert file.read_bytes() == content
    assert next((tmp_path / "runs").rglob("*.json")).read_bytes() == record
    assert without_network(status, context) == []
    file.unlink()
    asked, seen = {"changes": TINY, "only": "loss=triplet", "results": tmp_path}, []
    with pytest.warns(Notice, match=f"{spec.id} trained again: the same numbers as its record"):
        fewshot.run(
            "quickstart",
            **asked,
            weights=True,
            progress=lambda *_: seen.extend(one for _, one in read_traces(tmp_path)),
        )
    assert {trace.again for trace in seen} == {True}  # as `fewshot watch` reads it: a record does not end such a run
    assert file.read_bytes() == content
    assert not [*(tmp_path / "unfinished").iterdir()]


def test_a_recorded_run_that_fails_when_it_is_trained_again_says_why_and_the_next_follows(tmp_path, monkeypatch):
    suite = read_suite("quickstart", changes=[*TINY, "seeds=[0, 1]"]).only(["loss=triplet"])
    first, second = (record.spec for record in run_whole(suite, tmp_path).records)
    for file in (tmp_path / "weights").iterdir():
        file.unlink()

    def attempted(spec, context):
        return Failure(spec, "NotFinite: the loss") if spec == first else attempt(spec, context)

    monkeypatch.setattr("fewshot.execution.retrain.attempt", attempted)
    _, context = ready(suite, tmp_path)
    (line, kept), (_, other) = retrain([first, second], read_status(suite, tmp_path), context)
    assert (line, kept, other) == (f"{first.id} failed: NotFinite: the loss", False, True)
    assert names(tmp_path) == {f"{second.id}.safetensors"}


def test_a_network_whose_twin_is_gone_has_the_thresholds_of_its_record(tmp_path):
    changes = [*TINY, "training.learn=train+val", "training.select=last", "twins=true"]
    suite = read_suite("quickstart", changes=changes).only(["loss=triplet"])
    (record,) = run_whole(suite, tmp_path).records
    (weights,) = (tmp_path / "weights").iterdir()
    weights.unlink()
    (twin,) = (file for file in (tmp_path / "runs").rglob("*.json") if file.stem != record.id)
    twin.unlink()
    _, context = ready(suite, tmp_path)
    assert [ok for _, ok in retrain([record.spec], read_status(suite, tmp_path), context)] == [True]
    assert record.points
    assert read_network(weights).points == record.points


def test_other_numbers_are_named(tmp_path):
    suite = read_suite("quickstart", changes=TINY, stage="val").only(["loss=triplet"])
    (record,) = run_whole(suite, tmp_path).records
    assert difference(record, record) == "the same numbers as its record"
    other = replace(record, same=[record.same[0] + 1, *record.same[1:]])
    assert difference(other, record) == "not the numbers of its record; equal accuracies, other scores of pairs"
    losses = replace(record, curve=[(step, loss + 1, val) for step, loss, val in record.curve])
    assert difference(losses, record) == "not the numbers of its record; equal accuracies, other losses in training"
    task = next(iter(record.accuracy))
    stored, found = (
        replace(one, accuracy=record.accuracy | {task: [third] * len(record.accuracy[task])})
        for one, third in ((record, 0.333333), (other, 1 / 3))
    )
    assert difference(found, stored).endswith("; equal accuracies, other scores of pairs")
    accuracy = record.accuracy | {task: [0.5] * len(record.accuracy[task])}
    assert f"; {task} 50.00 % instead of " in difference(replace(record, accuracy=accuracy), record)
