from dataclasses import replace

import pytest
from runs import run_whole

from fewshot.core.errors import NotFinite
from fewshot.execution import attempt, serial
from fewshot.execution import cell as recording
from fewshot.execution.context import Context
from fewshot.execution.preflight import Ready
from fewshot.records.store import find_record
from fewshot.records.stored.text import read_record
from fewshot.registry.lookup import add_plugin
from fewshot.suites import status
from fewshot.suites.search.cell import Cell
from fewshot.suites.suite import read_suite

TINY = ["training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]"]


@pytest.fixture
def suite():
    return read_suite("quickstart", changes=TINY, stage="val").only(["loss=triplet", "loss=contrastive"])


def test_the_same_suite_twice_gives_records_equal_but_for_facts(suite, tmp_path):
    for folder in ("one", "other"):
        run_whole(suite, tmp_path / folder)
    for spec in suite.specs:
        one, other = (read_record(find_record(tmp_path / folder, spec)).plain() for folder in ("one", "other"))
        assert one.pop("facts") != {}
        other.pop("facts")
        assert one == other


def test_a_stopped_run_goes_on_and_ends_with_the_same_numbers(suite, tmp_path, monkeypatch):
    undisturbed = run_whole(suite, tmp_path / "whole")

    def stop_at_the_last_step(spec, work, step):
        if work == "training" and step == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_whole(suite, tmp_path / "stopped", progress=stop_at_the_last_step)
    assert list((tmp_path / "stopped" / "unfinished").iterdir())
    resumed = run_whole(suite, tmp_path / "stopped")
    for whole, again in zip(undisturbed.records, resumed.records, strict=True):
        assert whole.plain() | {"facts": {}} == again.plain() | {"facts": {}}
    assert not list((tmp_path / "stopped" / "unfinished").iterdir())


def test_a_cell_that_fails_leaves_the_others(suite, tmp_path, monkeypatch):
    real = recording.run

    def run(parts, *given):
        if parts.spec.loss.name == "contrastive":
            raise NotFinite("the loss is no longer finite")
        return real(parts, *given)

    monkeypatch.setattr(recording, "run", run)
    report = run_whole(suite, tmp_path)
    assert [record.spec.loss.name for record in report.records] == ["triplet"]
    assert list(report.failed.values()) == ["NotFinite: the loss is no longer finite"]


def test_a_claim_looks_at_its_own_cell_and_not_at_all_records(suite, tmp_path, make_record, monkeypatch):
    looks, listed = [], status.record_files
    monkeypatch.setattr(status, "record_files", lambda results: looks.append(results) or listed(results))
    monkeypatch.setattr(attempt, "run_cell", lambda spec, _: (replace(make_record(spec), facts={"sources": ""}), None))
    many = replace(suite, cells=tuple(Cell(one, (one,)) for one in (replace(suite.specs[0], seed=n) for n in range(9))))
    nothing = Ready(many, status.Status(many, {}, {}))
    assert len(serial.run_suite(nothing, Context(tmp_path, "cpu")).records) == 9
    assert len(looks) == 2


SEARCH = [
    'search.learning_rate={ low = 0.001, high = 0.1, scale = "log" }',
    *("search.points=3", "search.rungs=[2, 4]", "search.keep=2", "search.folds=2"),
]


def test_a_search_by_rungs_and_folds_ends_in_a_cell_that_a_second_call_finds(tmp_path, monkeypatch):
    suite = read_suite("quickstart", changes=[*TINY, *SEARCH], seeds=2).only(["loss=triplet"])
    real, ran = recording.run, []

    def run(parts, *given):
        ran.append(parts.spec)
        if parts.spec.stage == "val" and parts.spec.training.learning_rate == suite.specs[0].training.learning_rate:
            raise NotFinite("the loss is no longer finite")
        return real(parts, *given)

    monkeypatch.setattr(recording, "run", run)
    status = run_whole(suite, tmp_path)
    first, second = ([spec for spec in ran if spec.stage == "val" and spec.training.steps == steps] for steps in (2, 4))
    assert [len(first), len(second)] == [5, 4]  # of the point that diverges on one fold, the other is not run
    assert {spec.fold for spec in first} == {1, 2}
    cells = [record.spec for record in status.records]
    assert [(spec.stage, spec.seed, spec.training.steps, spec.folds) for spec in cells] == [
        ("test", 0, 4, 0),
        ("test", 1, 4, 0),
    ]
    assert suite.specs[0] not in cells
    ran.clear()
    again = run_whole(suite, tmp_path)
    assert (ran, again.records) == ([], status.records)


OWN = '''"""A learner that brings its own objective."""

import torch
from torch import nn

from fewshot import learner


@learner(trained=True, own_objective=True)
class classifier(nn.Module):
    """Pulls a task's queries to the mean of their class."""

    transductive = False

    def __init__(self, encoder, *, weight: float = 1.0):
        super().__init__()
        self.encoder, self.weight = encoder, weight

    def objective(self, tasks, loss):
        assert loss is None
        support, query = self._embedded(tasks)
        return self.weight * (query - support.mean(2, keepdim=True)).square().mean()

    def scores(self, tasks):
        support, query = self._embedded(tasks)
        return -torch.cdist(query.flatten(1, 2), support.mean(2)).unflatten(1, query.shape[1:3])

    def _embedded(self, tasks):
        return [self.encoder(x.flatten(0, 2)).unflatten(0, x.shape[:3]) for x in (tasks.support, tasks.query)]
'''


def test_a_learner_with_its_own_objective_goes_without_a_loss(tmp_path):
    plugin, file = tmp_path / "classifier.py", tmp_path / "own.toml"
    plugin.write_text(OWN)
    file.write_text(
        'title = "t"\ndataset = "typefaces"\nprotocol = "scripts"\nsize = 16\n[training]\nsteps = 2\nval_every = 2\n'
        '[[cells]]\nlearner = "classifier"\nbackbone = "conv4"\noptions.classifier.weight = 2.0\n'
        "options.conv4.widths = [8, 8, 8, 8]\n"
    )
    add_plugin(plugin)
    suite = read_suite(str(file), stage="val")
    (record,) = run_whole(suite, tmp_path).records
    assert record.spec.loss is None
    assert find_record(tmp_path, record.spec).parts[-3:-1] == ("conv4", "classifier")
    assert record.accuracy["20-way 1-shot"]
