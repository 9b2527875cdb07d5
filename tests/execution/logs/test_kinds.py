"""The files of logs: whole rows in order, also where an earlier attempt left others."""

import csv
import sys
from types import SimpleNamespace

import pytest

from fewshot.core.errors import RequestError
from fewshot.execution.logs.kinds import check_log, log_folder, opener
from fewshot.suites.suite import read_suite
from fewshot.training.meter import Row

ROWS = [Row(25, 1.25, 0.001, None, 99.5, 1000.5), Row(50, 0.5, 0.0005, 0.75, 101.0, 1001.5)]


@pytest.fixture
def spec():
    return read_suite("quickstart").specs[0]


def written(kind, results, spec, *batches, resumed=False) -> None:
    log = opener(kind)(log_folder(results, kind), spec, resumed)
    for rows in batches:
        log.write(rows)
    log.close()


def test_csv_has_a_line_for_each_row_and_none_of_an_earlier_attempt(spec, tmp_path):
    written("csv", tmp_path, spec, ROWS, [ROWS[1]._replace(step=75)])
    written("csv", tmp_path, spec, ROWS[:1], ROWS[1:])
    with (tmp_path / "logs" / "csv" / f"{spec.id}.csv").open(encoding="utf-8") as file:
        first, second = csv.DictReader(file)
    assert first == {
        "step": "25",
        "loss": "1.25",
        "rate": "0.001",
        "val_accuracy": "",
        "images_a_second": "99.5",
        "time": "1000.5",
    }
    assert (second["step"], second["val_accuracy"]) == ("50", "0.75")


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning", "ignore::FutureWarning")
def test_tensorboard_has_the_rows_of_the_last_attempt_at_their_times(spec, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    written("tensorboard", tmp_path, spec, [ROWS[0]._replace(loss=9.0)])
    written("tensorboard", tmp_path, spec, ROWS, resumed=True)
    found = EventAccumulator(str(tmp_path / "logs" / "tensorboard" / spec.id))
    found.Reload()
    assert [(one.step, one.value, one.wall_time) for one in found.Scalars("loss")] == [
        (25, 1.25, 1000.5),
        (50, 0.5, 1001.5),
    ]
    assert [(one.step, one.value) for one in found.Scalars("val accuracy")] == [(50, 0.75)]


def test_wandb_has_a_run_by_the_id_and_the_rows_that_it_lacks(spec, tmp_path, monkeypatch):
    told = []

    class Run:
        step = 26  # of a run that is there, and has its row of step 25

        def log(self, values, step):
            told.append((step, values))

        def finish(self):
            told.append("finished")

    def init(**given):
        told.append((given["id"], given["resume"], given["config"]["loss"]["name"]))
        return Run()

    module = SimpleNamespace(init=init, Settings=dict, login=lambda prompt: False)
    monkeypatch.setitem(sys.modules, "wandb", module)
    written("wandb", tmp_path, spec, ROWS, resumed=True)
    values = {"loss": 0.5, "rate": 0.0005, "images_a_second": 101.0, "val_accuracy": 0.75}
    assert told == [(spec.id, "allow", spec.loss.name), (50, values), "finished"]
    monkeypatch.delenv("WANDB_MODE", raising=False)
    with pytest.raises(RequestError, match="expected a login or"):
        check_log("wandb", tmp_path)
    monkeypatch.setenv("WANDB_MODE", "offline")
    assert check_log("wandb", tmp_path) == f"{tmp_path / 'logs' / 'wandb'}, which wandb sync sends"
