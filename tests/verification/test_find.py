"""The network of an id, a path, or the best of a suite."""

from dataclasses import replace
from pathlib import Path

import pytest
from runs import run_whole

from fewshot.core.errors import RequestError
from fewshot.records.kept import weights_file
from fewshot.records.store import record_file, write_record
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


def test_the_best_of_a_searched_suite_is_by_the_last_rung_of_its_search(tmp_path, make_record):
    """By the first rung, or by the cells' own records, it would be the other."""
    searched = SUITE.replace("steps = 4", 'steps = 4, learn = "train+val", select = "last"')
    searched += "[search]\nrungs = [1, 2]\nkeep = 1\nlearning_rate = [0.1, 0.01]\n"
    (tmp_path / "tiny.toml").write_text(searched)
    name, results = str(tmp_path / "tiny.toml"), tmp_path / "results"
    for cell, (first, last, own) in zip(read_suite(name).cells, ((0.9, 0.3, 0.9), (0.5, 0.4, 0.1)), strict=True):
        chosen = cell.finals[1]
        runs = [(cell.rungs[0][0][0], 0.1), (cell.rungs[0][1][0], first), (cell.rungs[1][1][0], last), (chosen, own)]
        for spec, accuracy in runs:
            made = replace(
                make_record(spec), accuracy={"20-way 1-shot": [accuracy] * 3}, curve=[(4, 0.5, None)], kept=4
            )
            write_record(made, record_file(results, "tiny", spec))
        weights_file(results, chosen.id).parent.mkdir(exist_ok=True)
        weights_file(results, chosen.id).touch()
    assert best_network(name, results) == weights_file(results, chosen.id)


def test_a_path_is_taken_as_it_is():
    assert find_network("networks/mine.safetensors") == Path("networks/mine.safetensors")
