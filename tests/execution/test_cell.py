"""From a spec to its record."""

from dataclasses import replace

import pytest

from fewshot.evaluation.cost import cost
from fewshot.execution.cell import run_cell
from fewshot.execution.context import Context
from fewshot.records.store import step_reached
from fewshot.suites.suite import read_suite
from fewshot.training import batches

TINY = ["training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]"]
(SPEC,) = read_suite("quickstart", changes=TINY, stage="val").only(["loss=triplet"]).specs


def test_a_record_has_what_was_found_and_what_computed_it():
    record, outcome = run_cell(SPEC, Context(device="cpu"))
    assert (record.spec, record.accuracy, record.curve) == (SPEC, outcome.measured.accuracy, outcome.trained.curve)
    assert {"started", "seconds", "commit", "dirty", "sources", "versions", "device", "threads"} <= set(record.facts)
    assert record.facts["resumed"] is False
    assert record.facts["looks"] == outcome.trained.looks != []
    assert record.facts["first_loss"]["loss"] == pytest.approx(outcome.trained.first, rel=1e-5)
    assert record.facts["first_loss"]["chance"] == pytest.approx(outcome.trained.chance, rel=1e-5)
    network = cost("conv4", (1, 16, 16), {"widths": [8, 8, 8, 8]})
    of_similarity = sum(one.numel() for one in outcome.learner.similarity.parameters())
    assert record.facts["parameters"] == network.weights + of_similarity


def test_a_record_says_which_members_an_ensemble_has_trained_itself():
    """Their time is a part of its own, as it is where one of them was resumed."""
    ensemble = replace(SPEC, stage="test", members=(0, 1))
    record, _ = run_cell(ensemble, Context(device="cpu"))
    assert record.facts["trained_here"] == [one.id for one in ensemble.of_members]
    assert record.facts["resumed"] is False
    assert "trained_here" not in run_cell(SPEC, Context(device="cpu"))[0].facts


def test_a_run_saves_its_state_when_it_is_time_and_says_that_it_was_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr("fewshot.training.checkpoint.SAVE_EVERY", 0.0)
    monkeypatch.setattr("fewshot.training.checkpoint.SAVE_SHARE", float("inf"))
    whole, _ = run_cell(SPEC, Context(device="cpu"))
    drawn, tasks = [], batches.gather

    def stop(*given):
        drawn.append(given)
        if len(drawn) == 4:  # after three steps, the last of which is no row of the curve, yet saved
            raise KeyboardInterrupt
        return tasks(*given)

    monkeypatch.setattr(batches, "gather", stop)
    with pytest.raises(KeyboardInterrupt):
        run_cell(SPEC, Context(tmp_path, "cpu"))
    monkeypatch.setattr(batches, "gather", tasks)
    assert step_reached(tmp_path, SPEC, whole.facts) == 3
    again, _ = run_cell(SPEC, Context(tmp_path, "cpu"))
    assert again.facts["resumed"] is True
    assert replace(again, facts={}) == replace(whole, facts={})
