"""`[search]`: which cells try which points, and the mistakes that are refused with their keys."""

import re
from pathlib import Path

import pytest
from suite_texts import SMALL

import fewshot
from fewshot.core.errors import RequestError
from fewshot.registry.lookup import add_plugin
from fewshot.suites.cells.build import cells
from fewshot.suites.search.table import read_search

GRID = {"dataset": "typefaces", "protocol": "scripts", "size": 28, "backbones": ["conv4"], "losses": ["triplet"]}
BOTH = GRID | {"losses": ["triplet", "contrastive"]}
RATE = {"low": 1e-3, "high": 1e-1, "scale": "log"}
MARGIN = "options.triplet.margin"
MINE = '''"""A loss that brings values to search."""

from fewshot import loss


@loss(similarity="cosine", search=SEARCH)
def mine(support, query, similarity, *, margin: float = 0.1, depth: int = 2):
    return similarity.distance(support.flatten(1, 2), query.flatten(1, 2)).mean() + margin
'''


def tried(table: dict) -> dict[str, list[dict]]:
    """The points of each cell by its loss."""
    return {cell.start.loss.name: list(cell.points) for cell in cells(table, "test")}


@pytest.fixture
def mine(tmp_path):
    """Makes a loss known, with values of its own to search."""

    def add(search: dict):
        (tmp_path / "mine.py").write_text(MINE.replace("SEARCH", repr(search)))
        add_plugin(tmp_path / "mine.py")

    return add


def test_every_loss_tries_as_many_points_and_the_same_values_of_a_key_of_training():
    found = tried(BOTH | {"search": {"learning_rate": RATE, MARGIN: {"low": 0.1, "high": 1}, "points": 6}})
    assert [len(points) for points in found.values()] == [6, 6]
    assert [set(points[0]) for points in found.values()] == [{"learning_rate", MARGIN}, {"learning_rate"}]
    rates = [[point["learning_rate"] for point in points] for points in found.values()]
    assert rates[0] == rates[1]


def test_an_option_stands_in_one_key_or_in_tables(suite):
    texts = ['"options.triplet.margin" = [0.5, 2]', "options.triplet.margin = [0.5, 2]"]
    for text in (*texts, "[search.options.triplet]\nmargin = [0.5, 2]", "[search.triplet]\nmargin = [0.5, 2]"):
        (cell,) = suite(SMALL + "[search]\n" + text).cells
        assert [final.loss.options["margin"] for final in cell.finals] == [0.5, 2.0]


def test_a_loss_of_its_own_values_replaces_those_of_all_and_adds_to_them():
    own = {"contrastive": {"learning_rate": [5e-3, 6e-3], "margin": [1, 2, 3]}}
    found = tried(BOTH | {"search": {"learning_rate": [1e-3, 2e-3]} | own})
    assert [point["learning_rate"] for point in found["triplet"]] == [1e-3, 2e-3]
    assert len(found["contrastive"]) == 6
    assert found["contrastive"][-1] == {"learning_rate": 6e-3, "options.contrastive.margin": 3}


def test_an_option_that_a_cell_gives_itself_is_not_searched_there():
    cell = {"backbone": "conv4", "loss": "triplet", "options": {"triplet": {"margin": 7.0}}}
    first, second = cells(GRID | {"search": {MARGIN: [0.5, 2]}, "cells": [cell]}, "test")
    assert (len(first.finals), second.finals) == (2, (second.start,))


def test_a_cell_that_gives_itself_all_that_is_searched_is_not_searched_by_values_of_its_file(mine):
    mine({"margin": {"low": 0.01, "high": 1.0}})
    for search in ({"learning_rate": RATE, "points": 8}, {"learning_rate": [1e-3, 2e-3]}):
        cell = {"backbone": "conv4", "loss": "mine", "training": {"learning_rate": 0.01}}
        *_, own = cells(GRID | {"search": search, "cells": [cell]}, "test")
        assert own.points == ()


def test_the_values_of_a_losss_own_file_change_the_points_and_not_how_many(mine):
    mine({"margin": {"low": 0.01, "high": 1.0, "scale": "log"}, "depth": {"low": 1, "high": 9}, "batch": [7, 8]})
    table = GRID | {"losses": ["triplet", "mine"]}
    lists = tried(table | {"search": {"learning_rate": [1e-3, 4e-3, 1.6e-2]}})
    assert [len(points) for points in lists.values()] == [3, 3]
    assert sorted(point["learning_rate"] for point in lists["mine"]) == [1e-3, 4e-3, 1.6e-2]
    assert {type(point["options.mine.depth"]) for point in lists["mine"]} == {int}
    ranges = tried(table | {"search": {"learning_rate": RATE, "points": 8}})
    assert [len(points) for points in ranges.values()] == [8, 8]
    assert set(ranges["mine"][0]) == {"learning_rate", "options.mine.margin", "options.mine.depth"}
    assert tried(table)["mine"] == []
    fixed = tried(table | {"options": {"mine": {"margin": 0.5}}, "search": {"learning_rate": RATE, "points": 8}})
    assert set(fixed["mine"][0]) == {"learning_rate", "options.mine.depth"}
    suites = {"learning_rate": RATE, "points": 8, "mine": {"margin": [0.25, 0.5], "batch": [1, 2]}}
    assert {point["options.mine.margin"] for point in tried(table | {"search": suites})["mine"]} == {0.25, 0.5}
    assert {point["batch"] for point in tried(table | {"search": suites})["mine"]} == {1, 2}


def test_a_rate_of_a_losss_own_file_replaces_the_suites_where_that_searches_it(mine):
    mine({"learning_rate": {"low": 1, "high": 2}})
    table = GRID | {"losses": ["triplet", "mine"]}
    found = tried(table | {"search": {"learning_rate": [1e-3, 4e-3]}})
    assert all(1 <= point["learning_rate"] <= 2 for point in found["mine"])
    assert tried(table | {"search": {"batch": [1, 2]}})["mine"] == [{"batch": 1}, {"batch": 2}]


@pytest.mark.parametrize(
    ("search", "message"),
    [
        ({"margins": [1, 2]}, "unknown option of mine or of training 'margins': did you mean margin"),
        ({"margin": {"low": 2, "high": 1}}, r"search\.margin\.low: expected less than high"),
        ({"margin": 3}, r"search\.margin: expected a list of values or a range"),
    ],
)
def test_wrong_values_of_a_losss_own_file_are_refused_with_the_file(mine, search, message):
    mine(search)
    table = GRID | {"losses": ["mine"], "search": {"batch": [1, 2]}}
    with pytest.raises(RequestError, match=rf"mine\.py: {message}") as refused:
        cells(table, "test")
    assert refused.value.where == ("losses", 0)


def test_the_examples_of_the_documents_are_sound(suite):
    text = (Path(fewshot.__file__).parents[1] / "benchmarks" / "README.md").read_text("utf-8")
    lists, ranges = re.findall(r"```toml\n(\[search\].*?)```", text, re.DOTALL)
    both = SMALL.replace('"triplet"', '"contrastive", "arcface"') + "[training]\nsteps = 3000\n"
    both = both.replace("typefaces", "omniglot").replace("scripts", "lake")
    assert [len(cell.points) for cell in suite(both + lists).cells] == [6, 3]
    assert [len(cell.points) for cell in suite(both + ranges).cells] == [12, 12]


@pytest.mark.parametrize(
    ("search", "where", "message"),
    [
        ({"learning_rate": 1}, ("learning_rate",), r"search\.learning_rate: expected a list of values or a range"),
        ({"learning_rate": [1]}, ("learning_rate",), "two or more different values"),
        ({"learning_rate": []}, ("learning_rate",), "two or more different values"),
        ({"learning_rate": [2, 1, 1.0]}, ("learning_rate",), "two or more different values"),
        ({"learning_rate": [1, "2"]}, ("learning_rate", 1), "expected float, got '2'"),
        ({"learning_rate": [1, -2]}, ("learning_rate", 1), "of at least 0, got -2"),
        ({"learning_rate": [1, float("nan")]}, ("learning_rate", 1), "got nan"),
        ({"optimiser": ["sgd", "adam"]}, ("optimiser", 1), "did you mean adamw"),
        ({"task": [{"way": 5, "shot": 1, "query": 1}, {"way": 5}]}, ("task", 1), "way, shot and"),
        ({"learnig_rate": [1, 2]}, ("learnig_rate",), "unknown training option 'learnig_rate': did you mean"),
        ({"steps": [1, 2]}, ("steps",), "search: steps cannot be searched"),
        ({"learn": [1, 2]}, ("learn",), "search: learn cannot be searched"),
        ({"select": [1, 2]}, ("select",), "search: select cannot be searched"),
        ({"val_every": [1, 2]}, ("val_every",), "search: val_every cannot be searched"),
        ({"options.triplett.margin": [1, 2]}, ("options.triplett.margin",), "unknown part 'triplett': did you mean"),
        ({"options.triplet.margins": [1, 2]}, ("options.triplet.margins",), "did you mean margin"),
        ({"options.circle.m": [0.1, 0.2]}, ("options.circle.m",), "unknown part of the suite's cells 'circle'"),
        ({"circle": {"m": [0.1, 0.2]}}, ("circle", "m"), "unknown part of the suite's cells 'circle'"),
        ({"circel": {"m": [0.1, 0.2]}}, ("circel",), "unknown loss 'circel': did you mean"),
        ({"siamese": {"views": [1, 8]}}, ("siamese",), r"got learner siamese; .* \[search.options.siam"),
        ({"triplet": {"margins": [0.1, 0.2]}}, ("triplet", "margins"), "unknown option of triplet or of training"),
        ({"options.held_out.way": [2, 3]}, ("options.held_out.way",), "got one of protocol held_out"),
        ({MARGIN: [0.1, "2"]}, (MARGIN,), "option margin of triplet: expected float like 1.0, got '2'"),
        ({"options.triplet.mining": {"low": 1, "high": 2}}, ("options.triplet.mining",), "which are no numbers"),
        ({"task": {"low": 1, "high": 2}}, ("task",), "which are no numbers"),
        ({"learning_rate": {"low": 1}}, ("learning_rate",), "expected low and high, got no high"),
        ({"learning_rate": {}}, ("learning_rate",), "expected low and high, got no low"),
        ({"learning_rate": RATE | {"hihg": 1}}, ("learning_rate", "hihg"), "did you mean high"),
        ({"learning_rate": RATE | {"low": 1}}, ("learning_rate", "low"), r"search\.learning_rate\.low: expected less"),
        ({"learning_rate": RATE | {"low": 0}}, ("learning_rate", "low"), "expected a number above 0"),
        ({"learning_rate": {"low": -1, "high": 1}}, ("learning_rate", "low"), "of at least 0, got -1"),
        ({"batch": {"low": 1.5, "high": 3}}, ("batch", "low"), "expected a whole number, got 1.5"),
        ({"learning_rate": RATE, "points": None}, ("learning_rate",), "is a range: expected points = N beside it"),
        ({"batch": [1, 2], "points": 12}, ("points",), "points are those of ranges"),
        ({"points": 12}, ("points",), "points are those of ranges"),
        ({"folds": 5}, (), "expected keys of .training. or options of parts, got none"),
        *(
            ({"learning_rate": RATE, "points": number}, ("points",), "expected a whole number from 2 to 1,024, got")
            for number in (1, 10**9, 2.0, True, "12", float("nan"))
        ),
        *(
            ({"batch": [1, 2], "folds": number}, ("folds",), r"search\.folds: expected a whole number from 2 to 20")
            for number in (1, 21, 2.0, "5")
        ),
        ({"batch": [1, 2], "folds": 4}, ("folds",), "at most the 3 groups of train and val of protocol scripts, got 4"),
        ({"batch": [1, 2], "rungs": 5}, ("rungs",), r"search\.rungs: expected list, got 5"),
        ({"batch": [1, 2], "rungs": []}, ("rungs",), "expected rising numbers of steps"),
        ({"batch": [1, 2], "rungs": [0]}, ("rungs", 0), "of at least 1, got 0"),
        ({"batch": [1, 2], "rungs": [2, 2], "keep": 1}, ("rungs",), r"expected rising numbers of steps, got \[2, 2\]"),
        ({"batch": [1, 2], "rungs": [2, 4]}, ("rungs",), r"search\.keep: expected 1 number, of the points .* got none"),
        ({"batch": [1, 2], "rungs": [2, 1001], "keep": 1}, ("rungs",), "the 1,000 steps of the cells, got 1,001"),
        ({"batch": [1, 2], "defaults": 1}, ("defaults",), r"search\.defaults: expected bool, got 1"),
        ({"batch": [1, 2], "keep": 1}, ("keep",), r"search\.keep: expected rungs beside it"),
        ({"batch": [1, 2], "rungs": [5], "keep": 1}, ("keep",), "got 1"),
        ({"batch": [1, 2, 3], "rungs": [2, 4], "keep": 3}, ("keep",), "expected a whole number from 1 to 2, got 3"),
        ({"batch": [1, 2, 3], "rungs": [2, 4], "keep": "2"}, ("keep",), "expected a whole number from 1 to 2, got '2'"),
        (
            {"learning_rate": RATE, "points": 9, "rungs": [2, 4, 6], "keep": [4, 4]},
            ("keep",),
            "expected a whole number from 1 to 3, got 4",
        ),
        ({key: list(range(1, 40)) for key in ("batch", "warmup")}, (), "at most 16 keys and 1,024 points, got 2 keys"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_the_keys_that_lead_to_it(search, where, message):
    with pytest.raises(RequestError, match=message) as refused:
        cells(GRID | {"search": {key: value for key, value in search.items() if value is not None}}, "test")
    assert refused.value.where == ("search", *where)


@pytest.mark.parametrize(
    ("losses", "search", "where", "message"),
    [
        (["prototypical"], {"options": {"squared_euclidean": {"scale": [0.01, 0.1]}}},
         ("options", "squared_euclidean", "scale"), "a cell of the suite uses, got options.squared_euclidean.scale"),
        (["triplet", "contrastive"], {"triplet": {"options.contrastive.margin": [1.0, 2.0]}},
         ("triplet", "options.contrastive.margin"), "a cell of triplet uses, got options.contrastive.margin"),
        (["prototypical", "arcface"], {"prototypical": {"class_rate": [1.0, 2.0]}},
         ("prototypical", "class_rate"), "a cell of prototypical uses, got class_rate"),
    ],
)  # fmt: skip
def test_values_that_no_cell_uses_are_refused(losses, search, where, message):
    with pytest.raises(RequestError, match=f"search: expected a value that {message}") as refused:
        cells(GRID | {"losses": losses, "search": search}, "test")
    assert refused.value.where == ("search", *where)
    kept = GRID | {"losses": losses, "options": {"prototypical": {"learned_scale": True}}, "search": search}
    if losses == ["prototypical"]:
        assert [len(cell.points) for cell in cells(kept, "test")] == [2]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"training": {"batch": 3}}, ("training", "batch")),
        ({"options": {"triplet": {"margin": 3}}}, ("options", "triplet", "margin")),
    ],
)
def test_a_value_that_is_searched_is_not_given_too(given, where):
    with pytest.raises(RequestError, match=f"{where[-1]} is searched: expected it in .* not in both") as refused:
        read_search(GRID | {"search": {"batch": [1, 2], MARGIN: [1, 2]}} | given)
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[search]\npoints = 12\nlearning_rate = { low = 1, high = 0.1 }",
            "line 10: search.learning_rate.low: expected",
        ),
        ('[search]\n"options.triplet.margin" = [1, "x"]', "line 9: option margin of triplet: expected float"),
        ("[search.triplet]\nmining = [1, 2]", "line 9: option mining of triplet: expected str"),
        ("[search]\nbatch = [1, 2]\nfolds = 9", "line 10: folds: expected at most the 3 groups"),
    ],
)
def test_a_mistake_is_one_message_with_its_line(suite, text, message):
    with pytest.raises(RequestError, match=rf"^suite mine\.toml, {re.escape(message)}"):
        suite(SMALL + text)
