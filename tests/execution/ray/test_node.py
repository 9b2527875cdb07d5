"""What a node does for a cell: it compares what it has with what the command has, and tells what it finds."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from runs import load_all

from fewshot.core.errors import RequestError
from fewshot.core.files import claim
from fewshot.execution.attempt import Finished
from fewshot.execution.cell import run_cell
from fewshot.execution.context import Context
from fewshot.execution.ray.node import Task, _kept_in, compute
from fewshot.records.facts import machine_facts
from fewshot.records.failures import Failure
from fewshot.records.store import lock_file
from fewshot.registry.lookup import add_plugin, forget_plugins, make_part, plugins_of
from fewshot.suites.suite import read_suite
from fewshot.verification.network import network_of
from fewshot.verification.network_file import to_bytes

pytest.importorskip("ray")

TINY = ["training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]"]
MINE = '''"""A loss of a user's."""

from fewshot import loss


@loss(similarity="cosine")
def mine(support, query, similarity):
    """The mean distance from the own class."""
    return similarity.distance(query.mean(2), support.mean(2)).diagonal(0, 1, 2).mean()
'''


@pytest.fixture
def task(tmp_path, monkeypatch):
    """Makes the task of a loss; the node has a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fewshot.execution.ray.node._own_folder", lambda: tmp_path / "node")

    def make(loss: str = "triplet", *changes: str) -> Task:
        (spec,) = read_suite("quickstart", changes=[*TINY, *changes], stage="val").only([f"loss={loss}"]).specs
        digests = {split: bank.digest for split, bank in load_all(spec).items()}
        here, results = tmp_path, tmp_path / "results"
        return Task(spec, "cpu", 1, results, "driver", here, [], digests, plugins_of(spec))

    return make


def told(task: Task, sources: str = "") -> list:
    return list(compute(sources or machine_facts()["sources"], pickle.dumps(task)))


def test_it_tells_how_a_cell_goes_and_at_last_its_record(task, tmp_path):
    *heard, found = told(task())
    assert heard[0] == ("images", 0)
    assert ("training", 2) in heard
    assert isinstance(found, Finished)
    assert found.record.facts["threads"] == 1
    assert found.network == b""  # on val
    assert not list(tmp_path.rglob("*.pt"))


def test_the_networks_of_an_ensembles_members_come_with_it(task, tmp_path):
    """A folder that the node does not share has none of them; a member that kept none is trained here."""
    given = task()
    ensemble = replace(given.spec, stage="test", members=(0, 1))
    first, second = ensemble.of_members
    record, outcome = run_cell(first, Context(device="cpu"))
    networks = {first.id: to_bytes(network_of(record, outcome.learner))}
    digests = {split: bank.digest for split, bank in load_all(ensemble).items()}
    *_, found = told(replace(given, spec=ensemble, networks=networks, digests=digests))
    assert found.record.facts["trained_here"] == [second.id]
    assert not list(tmp_path.rglob("*.pt"))


def test_a_plugin_comes_with_its_cell(task, tmp_path):
    plugin = tmp_path / "mine.py"
    plugin.write_text(MINE)
    add_plugin(plugin)
    given = task("mine", "losses+=mine")
    plugin.unlink()
    forget_plugins()
    found = told(given)[-1]
    assert found.record.spec == given.spec
    assert (tmp_path / "node" / "plugins" / given.spec.loss.sha256 / "mine.py").read_text() == MINE


def test_a_plugin_that_raises_is_the_failure_of_its_cell(task, tmp_path):
    plugin = tmp_path / "mine.py"
    plugin.write_text(MINE.replace("    return", "    raise ValueError(support.shape[1])\n    return"))
    add_plugin(plugin)
    given = task("mine", "losses+=mine")
    forget_plugins()
    failure = told(given)[-1]
    assert isinstance(failure, Failure)
    assert failure.reason == "mine.py, line 9: ValueError: 20"


def test_other_images_are_refused_with_the_name_of_the_node(task):
    given = replace(task(), digests=dict.fromkeys(("train", "val"), "0" * 64))
    error = told(given)[-1]
    assert isinstance(error, RequestError)
    assert str(error).startswith("node ")
    assert "typefaces: expected the command's images of val, sha256 000000000000…, got others" in str(error)


def test_missing_data_is_named_with_the_node(task):
    given = task()
    nowhere = {"dataset": make_part("datasets", "folder:nowhere"), "protocol": make_part("protocols", "held_out")}
    elsewhere = replace(given.spec, **nowhere)
    error = told(replace(given, spec=elsewhere))[-1]
    assert str(error).startswith("node ")
    assert "folder:nowhere: expected a folder or zip file nowhere in" in str(error)


def test_a_fault_of_ours_comes_with_its_traceback(task, monkeypatch):
    monkeypatch.setattr("fewshot.execution.ray.node.load_banks", lambda *given: {}["no such key"])
    error = told(task())[-1]
    assert isinstance(error, RuntimeError)
    assert "Traceback" in str(error)
    assert "KeyError: 'no such key'" in str(error)


def test_another_fewshot_is_refused_before_the_task_is_read(task):
    (error,) = compute("0123456789abcdef", b"which only the same fewshot could read")
    assert "expected the fewshot that the command runs, sources 0123456789abcdef, got sources" in str(error)


def test_the_state_is_kept_in_the_results_where_the_commands_claim_is_seen(task, tmp_path):
    given = task()
    lock = lock_file(given.results, given.spec)
    own = tmp_path / "node" / "results" / "driver"
    assert _kept_in(given) == own
    assert not Path(given.results).exists()
    with claim(lock):
        assert _kept_in(given) == given.results
    assert lock.exists()
    assert _kept_in(given) == own  # a file of that name, but nobody holds it
