"""The pace of checkpoints, and a file that is damaged."""

import io
import os
from types import SimpleNamespace

import pytest
import torch

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
            kept.write({"step": 0})
    assert written[:4] == [20.0, 146.0, 166.5, 187.0]  # 6 s of 120 between, then every 20 s


def test_without_a_file_nothing_is_due_read_or_written():
    none = Checkpoint()
    none.write({})
    assert (none.due(), none.read()) == (False, None)


def test_a_state_is_read_as_it_was_written(tmp_path):
    Checkpoint(tmp_path / "state.pt").write({"weights": torch.arange(3.0)})
    assert Checkpoint(tmp_path / "state.pt").read()["weights"].tolist() == [0.0, 1.0, 2.0]


def flipped(content: bytes) -> bytes:
    """One bit of a weight turned over, which torch does not notice."""
    place = content.index(torch.full((100,), 0.1).numpy().tobytes()[:64])
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def unsealed(content: bytes) -> bytes:
    """A file of torch's that no checkpoint wrote."""
    file = io.BytesIO()
    torch.save({"x": 1}, file)
    return file.getvalue()


@pytest.mark.parametrize("damage", [flipped, unsealed, lambda content: content[:-9], lambda content: b""])
def test_a_damaged_file_is_no_state_and_named(tmp_path, damage):
    file = tmp_path / "state.pt"
    Checkpoint(file).write({"weights": torch.full((100,), 0.1)})
    file.write_bytes(damage(file.read_bytes()))
    with pytest.warns(UserWarning, match=r"state\.pt is damaged, or of other images: the training starts again"):
        assert Checkpoint(file).read() is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_in_its_place_is_no_state(tmp_path):
    os.mkfifo(tmp_path / "state.pt")
    with pytest.warns(UserWarning, match=r"state\.pt is damaged"):
        assert Checkpoint(tmp_path / "state.pt").read() is None


def test_the_state_of_another_run_is_not_continued(tmp_path):
    Checkpoint(tmp_path / "one.pt").write({"step": 3})
    (tmp_path / "one.pt").rename(tmp_path / "two.pt")
    with pytest.warns(UserWarning, match=r"two\.pt is damaged"):
        assert Checkpoint(tmp_path / "two.pt").read() is None


def test_the_state_of_a_training_on_other_images_is_not_gone_on_from(tmp_path):
    def checkpoint(images: str) -> Checkpoint:
        made = Checkpoint(tmp_path / "state.pt")
        made.images = images
        return made

    checkpoint("these").write({"step": 3})
    assert checkpoint("these").read() == {"step": 3}
    with pytest.warns(UserWarning, match="of other images: the training starts again"):
        assert checkpoint("others").read() is None
