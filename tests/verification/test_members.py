"""Ensembles as cells: their members' networks, kept or trained anew."""

import shutil
from dataclasses import replace

import pytest
from runs import ready, run_whole

from fewshot.core.errors import RequestError
from fewshot.execution.estimate import training_seconds
from fewshot.execution.run import run
from fewshot.registry.resolved import Resolved
from fewshot.suites.status import read_status
from fewshot.suites.suite import Suite, read_suite
from fewshot.verification.find import find_network
from fewshot.verification.members import ensemble_of, to_train

TINY = [
    "training.steps=4", "training.val_every=2", "training.warmup=0", "size=16", "options.conv4.widths=[8, 8, 8, 8]",
    "seeds=[3, 5]", "ensembles=true",
]  # fmt: skip


@pytest.fixture(scope="module")
def suite() -> Suite:
    return read_suite("quickstart", changes=TINY).only(["loss=triplet"])


@pytest.fixture(scope="module")
def results(suite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    run_whole(suite, folder)
    return folder


def test_an_ensemble_is_recorded_behind_its_members(suite, results):
    *members, whole = read_status(suite, results).records
    assert [one.spec.seed for one in members] == [*whole.spec.members] == [3, 5]
    assert (whole.curve, whole.kept, whole.chosen.chosen_by) == ([], 0, "")
    assert whole.points != members[0].points  # chosen on val by its own scores
    assert {one.stem for one in (results / "weights").iterdir()} == {one.id for one in members}
    assert all(one.accuracy != whole.accuracy for one in members)
    same = [sum(scores) / 2 for scores in zip(*(one.same for one in members), strict=True)]
    assert whole.same == pytest.approx(same, abs=1e-4)


def test_the_network_of_another_run_is_no_member(suite, results, tmp_path):
    one, other, whole = suite.specs
    shutil.copytree(results, tmp_path / "swapped")
    files = [tmp_path / "swapped" / "weights" / f"{spec.id}.safetensors" for spec in (one, other)]
    shutil.copy(files[1], files[0])
    with pytest.raises(RequestError, match=f"{one.id}.*: expected the network of run {one.id}, got that of {other.id}"):
        ensemble_of(whole, tmp_path / "swapped", lambda _: pytest.fail("trained"))


def test_an_ensemble_is_no_network(suite, results):
    *members, whole = (spec.id for spec in suite.specs)
    with pytest.raises(RequestError, match=f"got an ensemble; its members are {', '.join(members)}"):
        find_network(whole, results)


def test_members_without_a_network_are_trained_anew(suite, results, tmp_path):
    whole = read_status(suite, results).records[-1]
    for folder in ("none", "one"):
        shutil.copytree(results, tmp_path / folder)
    shutil.rmtree(tmp_path / "none" / "weights")
    gone = tmp_path / "one" / "weights" / f"{whole.spec.of_members[1].id}.safetensors"
    gone.unlink()
    for folder, number in (("none", 2), ("one", 1)):
        _, context = ready(suite, tmp_path / folder)
        assert to_train(whole.spec, context.results) == [*whole.spec.of_members[2 - number :]]
        seconds, steps = training_seconds([whole.spec], context)
        assert seconds == {whole.id: number * 4 * steps[0]}
        found = run(Resolved(whole.spec), context).measured.accuracy
        assert {name: [round(one, 6) for one in values] for name, values in found.items()} == whole.accuracy


def test_networks_of_runs_ahead_are_not_counted_twice(suite, results, tmp_path):
    _, context = ready(suite, tmp_path)
    seconds, _ = training_seconds(suite.specs, context)
    assert [bool(seconds[spec.id]) for spec in suite.specs] == [True, True, False]


def test_a_damaged_network_is_refused(suite, results, tmp_path):
    shutil.copytree(results, tmp_path / "bad")
    spec = suite.specs[-1]
    file = tmp_path / "bad" / "weights" / f"{spec.of_members[0].id}.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    _, context = ready(suite, tmp_path / "bad")
    with pytest.raises(RequestError, match="expected a file of the format safetensors"):
        run(Resolved(replace(spec)), context)
