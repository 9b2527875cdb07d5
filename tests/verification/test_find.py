"""The network of an id, a path, or the best of a suite."""

from pathlib import Path

import pytest
from runs import run_whole

from fewshot.core.errors import RequestError
from fewshot.suites.suite import read_suite
from fewshot.verification.find import best_network, find_network

SUITE = """
title = "Tiny"
dataset = "typefaces"
protocol = "scripts"
size = 16
backbones = ["conv4"]
losses = ["triplet", "contrastive"]
options = { conv4.widths = [8, 8, 8, 8] }
training = { steps = 4, val_every = 2, warmup = 0, task = { way = 5, shot = 1, query = 1 } }
"""


def test_networks_are_found_by_id_by_path_and_as_the_best_on_val(tmp_path):
    (tmp_path / "tiny.toml").write_text(SUITE)
    name, results = str(tmp_path / "tiny.toml"), tmp_path / "results"
    with pytest.raises(RequestError, match=r"expected a recorded cell with an accuracy on val .*, got no record"):
        best_network(name, results)
    records = run_whole(read_suite(name), results).records
    best = max(records, key=lambda one: {step: val for step, _, val in one.curve}[one.kept])
    file = results / "weights" / f"{best.id}.safetensors"
    assert best_network(name, results) == find_network(best.id, results) == file
    assert find_network(str(file)) == file
    file.unlink()
    with pytest.raises(RequestError, match=f"network {best.id}: expected .*, it is not there; fewshot run SUITE"):
        find_network(best.id, results)
    with pytest.raises(RequestError, match=f"network {best.id}: .*; fewshot run {name} --only"):
        best_network(name, results)


def test_a_path_is_taken_as_it_is():
    assert find_network("networks/mine.safetensors") == Path("networks/mine.safetensors")
