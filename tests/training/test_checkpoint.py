"""The pace of checkpoints, and a file that is damaged."""

from types import SimpleNamespace

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.training import checkpoint
from fewshot.training.checkpoint import Checkpoint


def test_writing_takes_no_more_than_its_share_of_the_time(tmp_path, monkeypatch):
    clock, written = SimpleNamespace(now=0.0), []

    def write(file, content):  # six seconds the first time, then half a second
        written.append(clock.now)
        clock.now += 6 if len(written) == 1 else 0.5

    monkeypatch.setattr(checkpoint, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(checkpoint, "write_whole", write)
    kept = Checkpoint(tmp_path / "state.pt")
    for _ in range(400):
        clock.now += 1
        if kept.due():
            kept.write({"step": torch.zeros(())})
    assert written[:4] == [20.0, 146.0, 166.5, 187.0]  # 6 s of 120 between, then every 20 s


def test_without_a_file_nothing_is_due_read_or_written():
    none = Checkpoint()
    none.write({})
    assert (none.due(), none.read()) == (False, None)


def test_a_damaged_file_is_refused(tmp_path):
    (tmp_path / "state.pt").write_text("damaged")
    with pytest.raises(RequestError, match=r"state\.pt: expected the state of a run, got a damaged file; remove it"):
        Checkpoint(tmp_path / "state.pt").read()
