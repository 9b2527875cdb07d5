"""From a spec to its record."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from fewshot.execution import cell as recording
from fewshot.execution.cell import run_cell
from fewshot.records.store import unfinished
from fewshot.suites.suite import read_suite

TINY = ["training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]"]
(SPEC,) = read_suite("quickstart", changes=TINY, stage="val").only(["loss=triplet"]).specs


def test_a_record_has_what_was_found_and_what_computed_it():
    record, outcome = run_cell(SPEC, None, device="cpu")
    assert (record.spec, record.accuracy, record.curve) == (SPEC, outcome.measured.accuracy, outcome.trained.curve)
    assert {"started", "seconds", "commit", "dirty", "sources", "versions", "device", "threads"} <= set(record.facts)
    assert record.facts["resumed"] is False


def test_a_run_saves_its_state_when_it_is_time_and_says_that_it_was_resumed(tmp_path, monkeypatch):
    monkeypatch.setattr(recording, "SAVE_EVERY", 0.0)
    monkeypatch.setattr(recording, "SAVE_SHARE", float("inf"))
    whole, _ = run_cell(SPEC, None, device="cpu")
    seen = []

    def stop(what, step):
        seen.append(step)
        if what == "training" and step == 3:  # no row of the curve, yet saved
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cell(SPEC, tmp_path, device="cpu", progress=stop)
    assert seen[-1] == 3
    assert unfinished(tmp_path, SPEC, whole.facts).exists()
    again, _ = run_cell(SPEC, tmp_path, device="cpu")
    assert again.facts["resumed"] is True
    assert replace(again, facts={}) == replace(whole, facts={})


def test_changed_sources_do_not_go_on_from_an_older_state(tmp_path):
    assert unfinished(tmp_path, SPEC, {"sources": "a"}) != unfinished(tmp_path, SPEC, {"sources": "b"})


def test_saving_takes_no_more_than_its_share_of_the_time(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(recording, "time", SimpleNamespace(monotonic=lambda: clock.now))
    heard, saved = [], []
    due, hear = recording._pace(20.0, lambda what, step: heard.append((what, step)))
    for step in range(400):  # of a second each, the first save of six, the others of half a second
        clock.now += 1
        if due():
            saved.append(step)
            clock.now += 6 if len(saved) == 1 else 0.5
            hear("training", step)
        elif step % 25 == 0:
            hear("training", step)
    assert saved[:4] == [19, 133, 153, 173]  # 6 s of 120, then every 20 s
    assert ("training", 19) in heard
    assert ("training", 25) in heard
