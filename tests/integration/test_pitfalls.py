"""Runs that make known mistakes: made by their suite alone, shown by its table and figure, and seen nowhere else."""

from pathlib import Path

import pytest
from runs import run_whole

import fewshot
from fewshot.cli.main import main
from fewshot.core.errors import RequestError
from fewshot.core.spec.evaluation import evaluation_of
from fewshot.records.index import read_evaluations
from fewshot.records.store import records_below
from fewshot.registry.pitfalls import CONSTANT, MEASURED, mistaken
from fewshot.suites.suite import read_suite
from fewshot.verification.find import best_network, find_network

TASK = "20-way 1-shot"
HEAD = """
title = "Mistakes on letters"
dataset = "typefaces"
protocol = "scripts"
stage = "val"
size = 16
seeds = [0, 1]
options = { conv4.widths = [8, 8, 8, 8] }
training = { steps = 4, val_every = 2, warmup = 0, select = "last", task = { way = 5, shot = 1, query = 1 } }
"""
CELL = '[[cells]]\nbackbone = "conv4"\nloss = "triplet"\n'
CELLS = [
    f"{CELL}pitfalls = {[*MEASURED]}\n",
    f'{CELL}pitfalls = ["measured_in_training"]\ntraining.learn = "train+val"\n',
    f'{CELL}pitfalls = ["selected_on_measured"]\ntraining.select = "best_val"\n',
]


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with the suite, a plain one, and the records of both."""
    folder = tmp_path_factory.mktemp("mistakes")
    (folder / "pitfalls.toml").write_text("\n".join([HEAD, *CELLS]))
    (folder / "plain.toml").write_text("\n".join([HEAD, CELL]))
    run_whole(read_suite(str(folder / "pitfalls.toml")), folder / "results")
    run_whole(read_suite(str(folder / "plain.toml"), seeds=1), folder / "results")
    return folder


@pytest.fixture
def suite(place) -> str:
    return str(place / "pitfalls.toml")


def test_one_training_is_measured_rightly_and_with_each_mistake(place, suite):
    records = run_whole(read_suite(suite), place / "results").records
    plain, *_ = records_below(place / "results")
    first = records[0]
    assert first.accuracy[TASK] == plain.accuracy[TASK]
    assert first.answers[TASK] == plain.answers[TASK]
    assert {*first.accuracy} == {TASK, f"{TASK}, {CONSTANT}", *(mistaken(TASK, name) for name in MEASURED)}
    assert set(first.accuracy[mistaken(TASK, "identical_image")]) == {1.0}
    assert records[2].digests.keys() == {"val", "train+val"}
    assert records[4].curve[0][:2] == first.curve[0][:2]  # the same training
    assert {*records[4].accuracy} == {TASK}


def test_its_table_and_its_figure_are_made_of_the_records(place, suite, capsys):
    assert main(["table", suite, "--results", str(place / "results")]) == 0
    said = capsys.readouterr().out
    assert "the query is the support" in said
    assert "110 letters, 2 trainings" in said
    assert main(["figures", suite, "--results", str(place / "results"), "--out", str(place / "figures")]) == 0
    assert sorted(file.name for file in (place / "figures" / "pitfalls").iterdir()) == [
        "figures.tex",
        "pitfalls.json",
        "pitfalls.pdf",
        "pitfalls.png",
    ]


def test_they_are_in_no_frame_no_table_of_a_folder_and_no_count(place, suite):
    folder = place / "results"
    assert {*fewshot.results(folder).task} == {TASK}
    assert len(records_below(folder)) == len(read_evaluations(folder)) == 1
    assert read_evaluations(folder) == {one.id: evaluation_of(one.spec, one.classes) for one in records_below(folder)}
    assert len(fewshot.table(folder).ours.lines) == 1
    assert len(fewshot.table(str(place / "plain.toml"), results=folder).ours.lines) == 1
    with pytest.raises(RequestError, match="expected results, got runs that make a known mistake alone"):
        records_below(folder / "runs" / "pitfalls")


@pytest.mark.parametrize(
    "command",
    [["report", "--out", "page.html"], ["mistakes"], ["table", "--differences"]],
    ids=["report", "mistakes", "differences"],
)
def test_commands_that_show_results_refuse_them_with_a_sentence(place, suite, capsys, command):
    line = [command[0], suite, *command[1:], "--results", str(place / "results")]
    assert main(line) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert "expected results, got runs that make a known mistake, which are none; fewshot table pitfalls" in said


def test_no_network_of_theirs_is_used(place, suite, capsys):
    folder = place / "results"
    record = run_whole(read_suite(suite), folder).records[0]
    for find in (lambda: best_network(suite, folder), lambda: find_network(record.id, folder)):
        with pytest.raises(RequestError, match="expected results, got runs that make a known mistake"):
            find()
    with pytest.raises(RequestError, match="expected results, got runs that make a known mistake"):
        fewshot.compare_methods(record, record)
    assert main(["report", "--model", record.id, "--out", str(place / "a.html"), "--results", str(folder)]) == 2
    assert "which are none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mine", HEAD + CELLS[0], "only the suite pitfalls makes mistakes on purpose: expected no such key in mine"),
        ("pitfalls", HEAD + CELL, "expected pitfalls in every cell of the suite pitfalls, got none"),
        ("pitfalls", HEAD + 'backbones = ["conv4"]\nlosses = ["triplet"]', "expected cells alone in the suite"),
        ("pitfalls", HEAD + CELL + 'pitfalls = ["rotten"]', "unknown pitfall 'rotten'"),
        ("pitfalls", HEAD.replace('"val"', '"test"') + CELLS[0], 'measured at stage "val", got "test"'),
    ],
)
def test_only_their_suite_makes_them_and_only_on_val(tmp_path, name, text, message):
    (tmp_path / f"{name}.toml").write_text(text)
    with pytest.raises(RequestError, match=message):
        read_suite(str(tmp_path / f"{name}.toml"))


def test_the_suite_of_the_package_looks_at_no_test_image():
    specs = read_suite("pitfalls").specs
    assert {spec.stage for spec in specs} == {"val"}
    assert {name for spec in specs for name in spec.pitfalls} > {*MEASURED}
    with pytest.raises(RequestError, match='measured at stage "val", got "test"'):
        read_suite("pitfalls", stage="test")
