"""`fewshot.run`: what it computes, reports and returns, and the requests that it refuses."""

from pathlib import Path

import pytest

import fewshot
from fewshot.core.errors import RequestError

LOSS = '''"""Mine."""

from fewshot import compare, loss


@loss(similarity="euclidean")
def mine(support, query, similarity):
    """Pull one class together."""
    distance, same = compare(support, query, similarity.distance)
    return {value}
'''
TINY = ["training.task={way=5,shot=1,query=1}", "training.val_every=2"]


def test_a_suite_with_a_part_of_ones_own_is_run_once_and_reported(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(LOSS.format(value="distance[same].mean()"))
    asked = {"only": ["loss=mine"], "add": "mine.py", "stage": "val", "steps": 2, "changes": TINY, "device": "cpu"}
    heard = []
    table = fewshot.run("quickstart", **asked, progress=lambda *work: heard.append(work))
    assert {total for *_, total in heard} == {2}
    assert heard[-1][1] == 2
    assert all(work.startswith("cell 1/1, ") for work, *_ in heard)
    (record,) = Path("results/runs").rglob("*.json")
    written = record.stat().st_mtime_ns
    again = fewshot.run("quickstart", **asked)
    assert repr(again) == repr(table)
    assert record.stat().st_mtime_ns == written
    assert "mine" in repr(table)
    frame = fewshot.results(episodes=True)
    assert (set(frame["method"]), list(frame["episode"])) == ({"mine"}, list(range(300)))
    mean = fewshot.results()["accuracy"].item()
    assert frame["accuracy"].mean() == pytest.approx(mean)
    assert table.to_frame()["accuracy"].item() == pytest.approx(mean, abs=1e-4)


def test_a_cell_that_fails_stands_in_the_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text(LOSS.format(value="distance[same].mean() / (support.shape[-1] < 60)"))
    asked = {"only": "loss=mine", "add": Path("mine.py"), "stage": "val", "steps": 2, "changes": TINY, "device": "cpu"}
    assert "failed" in repr(fewshot.run("quickstart", **asked))


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"onyl": "loss=triplet"}, "^unknown argument 'onyl': did you mean only"),
        ({"only": "loss"}, "expected KEY=VALUE"),
        ({"only": [3]}, "^only: expected str, got 3"),
        ({"add": "nowhere.py"}, "^plug-in nowhere.py: expected a Python file"),
        ({"add": print}, r"^add: expected a file, .*, got print: write it .* into print.py, and give add=.print.py.$"),
        ({"steps": 0}, "^steps: expected a number of at least 1, got 0"),
        ({"seeds": 1.5}, "^seeds: expected int"),
        ({"stage": "train"}, "^unknown stage 'train': expected one of test, val"),
        ({"rows": "los"}, "los.*did you mean loss"),
        ({"device": "gpu"}, "^device: expected .* got 'gpu'"),
        ({"workers": 0}, "^workers: expected a number from 1 to 256, got 0"),
        ({"results": __file__}, "^results folder .*: expected a folder that can be written"),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_written(asked, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match=message):
        fewshot.run("quickstart", **{"stage": "val", "only": "learner=pixels"} | asked)
    assert not list(tmp_path.iterdir())


def test_one_of_torchruns_processes_is_refused_instead_of_waiting_for_the_others(tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(RequestError, match=r"fewshot\.run: expected one process, got 2 of torchrun"):
        fewshot.run("quickstart", results=tmp_path)
    assert not [*tmp_path.iterdir()]
