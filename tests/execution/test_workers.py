"""Several processes on one suite: the records of one process, whoever dies."""

import multiprocessing

import pytest
from runs import ready, run_whole

from fewshot.core.device import threads
from fewshot.core.errors import RequestError
from fewshot.execution.context import Context
from fewshot.execution.preflight import Ready
from fewshot.execution.workers import run_workers
from fewshot.registry.lookup import add_plugin
from fewshot.suites.status import Status
from fewshot.suites.suite import read_suite

TINY = ["training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]"]
DEADLY = '''"""Ends its process at the size of the real tasks, which no check has."""

import ctypes

from fewshot import loss


@loss(similarity="cosine")
def deadly(support, query, similarity):
    """The mean distance, once in its life."""
    if support.shape[1] == 20:
        ctypes.CDLL(None)._exit(0)
    return similarity.distance(query.mean(2), support.mean(2)).diagonal(0, 1, 2).mean()
'''


def quickstart(*changes: str):
    wanted = ["loss=triplet", "loss=contrastive"]
    return read_suite("quickstart", changes=[*TINY, *changes], stage="val").only(wanted)


def test_two_workers_give_the_records_of_one_process_though_one_is_killed(tmp_path):
    suite, heard = quickstart(), []

    def progress(spec, what, step):
        if what == "training" and not heard:
            multiprocessing.active_children()[0].kill()
        heard.append(spec.id)

    with threads(1):
        alone = run_whole(suite, tmp_path / "alone")
    together = run_workers(*ready(suite, tmp_path / "together", progress=progress), 2)
    assert set(heard) == {spec.id for spec in suite.specs}
    for one, other in zip(alone.records, together.records, strict=True):
        assert one.plain() | {"facts": None} == other.plain() | {"facts": None}
        assert other.facts["threads"] == 1
    assert not list((tmp_path / "together" / "unfinished").iterdir())
    assert not multiprocessing.active_children()


def test_a_cell_that_ends_its_process_twice_has_failed_and_the_others_go_on(tmp_path):
    plugin = tmp_path / "deadly.py"
    plugin.write_text(DEADLY)
    add_plugin(plugin)
    changes = [*TINY, 'losses=["deadly", "triplet"]']
    suite = read_suite("quickstart", changes=changes, stage="val").only(["loss=triplet", "loss=deadly"])
    found = run_workers(*ready(suite, tmp_path / "results"), 1, plugins=[plugin])
    assert [record.spec.loss.name for record in found.records] == ["triplet"]
    ((spec, why),) = found.missing
    assert (spec.loss.name, why) == ("deadly", "failed: its process ended with code 0, 2 times")


def test_a_plug_in_that_was_edited_since_the_suite_was_read_is_refused(tmp_path):
    plugin = tmp_path / "deadly.py"
    plugin.write_text(DEADLY)
    add_plugin(plugin)
    suite = read_suite("quickstart", changes=[*TINY, 'losses=["deadly"]'], stage="val").only(["loss=deadly"])
    given = ready(suite, tmp_path / "results")
    plugin.write_text(DEADLY.replace("support.mean(2)", "support.mean(2) * 2"))
    with pytest.raises(RequestError, match=r"deadly.py was edited during the run; start it again"):
        run_workers(*given, 1, plugins=[plugin])


def test_what_a_worker_refuses_is_refused(tmp_path, monkeypatch):
    suite = quickstart("training.task.shot=500")
    unchecked = Ready(suite, Status(suite, {}, {})), Context(tmp_path, "cpu")
    with pytest.raises(RequestError, match="500-shot tasks with 4 queries need"):
        run_workers(*unchecked, 1)
    assert not multiprocessing.active_children()
