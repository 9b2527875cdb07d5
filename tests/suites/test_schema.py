"""Keys and values of a suite's table."""

import re

import pytest
from suite_texts import FIGURE, OWN, PAPER, SMALL
from suite_texts import HEAD as START

from fewshot.core.errors import RequestError
from fewshot.suites.schema import check_plan

HEAD = {"title": "t", "dataset": "d", "protocol": "p", "size": 28}
GRID = HEAD | {"backbones": ["b"], "losses": ["l"]}
PUBLISHED = {"method": "m", "task": "t", "accuracy": 1, "source": "s", "trust": "read"}


SEVERAL = {"method": "m", "accuracy": {"t": 1, "u": 2.5}, "source": "s", "trust": "read"}


def without(table: dict, *keys: str) -> dict:
    return {key: value for key, value in table.items() if key not in keys}


@pytest.mark.parametrize(
    "more",
    [
        {"seeds": [0, 7], "threads": 1, "learner": "x", "shuffled_labels": True, "note": ""},
        {"learners": ["x"], "exclude": [{"learner": "x", "loss": "l", "backbone": "b", "similarity": "s"}]},
        {"training": {"anything": 1}, "options": {"l": {"anything": 1}}, "search": {}},
        {"search": {"learning_rate": [1e-3, 1], "optimiser": ["sgd", "adamw"]}},
        {"search": {"task": [{"way": 5, "shot": 1, "query": 1}, {"way": 5, "shot": 5, "query": 1}]}},
        {"cells": [{"loss": "l", "size": 1, "options": {"l": {}}, "training": {}}]},
        {"published": [PUBLISHED, PUBLISHED | {"half_width": 0.5, "note": "n", "like": {"loss": "l"}}]},
        {"published": [SEVERAL, SEVERAL | {"half_width": {"u": 0.5}}]},
        {"rows": ["loss"], "columns": []},
        {"stage": "val", "revision": 2},
        {"cells": [{"learner": "x", "protocol": "q"}], "exclude": [{"protocol": "p"}]},
    ],
)
def test_a_sound_plan_is_taken(more):
    check_plan(GRID | more)


def test_cells_alone_or_learners_alone_are_a_plan():
    check_plan(HEAD | {"cells": [{"learner": "pixels"}]})
    check_plan(HEAD | {"learners": ["pixels"]})


def test_several_protocols_stand_for_one():
    table = without(GRID, "protocol")
    check_plan(table | {"protocols": ["p", "q"]})
    for names, where, message in (
        ([], (), "at least one, got none"),
        (["p", "q", "p"], (2,), "'p' stands there twice"),
    ):
        with pytest.raises(RequestError, match=message) as refused:
            check_plan(table | {"protocols": names})
        assert refused.value.where == ("protocols", *where)


@pytest.mark.parametrize("key", HEAD)
def test_a_key_that_every_suite_needs_is_missed_by_name(key):
    with pytest.raises(RequestError, match=f"the key '{key}' is missing") as refused:
        check_plan(without(GRID, key))
    assert refused.value.where == ()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (HEAD, "the key 'cells' is missing, as are 'backbones' and 'losses'"),
        (without(GRID, "losses"), "the key 'losses' is missing"),
        (without(GRID, "backbones"), "the key 'backbones' is missing"),
    ],
)
def test_a_plan_without_cells_or_half_a_grid_is_refused(table, message):
    with pytest.raises(RequestError, match=message):
        check_plan(table)


@pytest.mark.parametrize(
    ("more", "where", "message"),
    [
        ({"los": 1}, ("los",), "unknown key 'los'"),
        ({"size": 28.0}, ("size",), "size: expected a number of pixels .*, got 28.0"),
        ({"size": True}, ("size",), "size: expected a number of pixels .*, got True"),
        ({"shuffled_labels": 1}, ("shuffled_labels",), "shuffled_labels: expected bool, got 1"),
        ({"losses": "triplet"}, ("losses",), "losses: expected list, got 'triplet'"),
        ({"losses": ["a", ["b"]]}, ("losses", 1), "an item of losses: expected str"),
        ({"seeds": [0, True]}, ("seeds", 1), "an item of seeds: expected int, got True"),
        ({"seeds": [3, -1]}, ("seeds",), "seeds: expected a whole number of at least 0, got -1"),
        ({"threads": 0}, ("threads",), "threads: expected a whole number of at least 1, got 0"),
        ({"revision": 0}, ("revision",), "revision: expected a whole number of at least 1, got 0"),
        ({"rows": [1]}, ("rows", 0), "an item of rows: expected str, got 1"),
        ({"options": {"triplet": 3}}, ("options", "triplet"), r"options\.triplet: expected dict, got 3"),
        ({"learner": "a", "learners": ["a"]}, ("learner",), "either 'learner' or 'learners', got both"),
        ({"exclude": [{}, {"los": "a"}]}, ("exclude", 1, "los"), r"unknown key of \[\[exclude\]\] 'los': did you mean"),
        ({"exclude": [{"loss": ["a"]}]}, ("exclude", 0, "loss"), "loss: expected str"),
        ({"exclude": [{"size": 28}]}, ("exclude", 0, "size"), r"unknown key of \[\[exclude\]\] 'size'"),
        ({"exclude": {"loss": "a"}}, ("exclude",), "exclude: expected list"),
        ({"cells": [{}, {"lerner": "a"}]}, ("cells", 1, "lerner"), "'lerner': did you mean learner"),
        ({"cells": [{"options": {"a": 1}}]}, ("cells", 0, "options", "a"), r"options\.a: expected dict, got 1"),
        ({"cells": [{"size": "28"}]}, ("cells", 0, "size"), "size: expected a number of pixels .*, got '28'"),
        ({"published": [PUBLISHED, PUBLISHED | {"acuracy": 1}]}, ("published", 1, "acuracy"), "did you mean accuracy"),
        ({"published": [PUBLISHED | {"accuracy": "1"}]}, ("published", 0, "accuracy"), "a number or a table, got '1'"),
        ({"published": [PUBLISHED | {"accuracy": True}]}, ("published", 0, "accuracy"), "number or a table, got True"),
        ({"published": [PUBLISHED | {"half_width": {"t": 1}}]}, ("published", 0, "half_width"), "expected a number"),
        ({"published": [PUBLISHED | {"half_width": -1.5}]}, ("published", 0, "half_width"), "a figure in %, got -1.5"),
        ({"published": [PUBLISHED | {"accuracy": {"t": 1}}]}, ("published", 0, "task"), "alone, got 't' too"),
        ({"published": [SEVERAL | {"accuracy": {}}]}, ("published", 0, "accuracy"), "at least one task, got none"),
        ({"published": [SEVERAL | {"accuracy": {"t": "1"}}]}, ("published", 0, "accuracy", "t"), "expected float"),
        ({"published": [SEVERAL | {"accuracy": {"t": True}}]}, ("published", 0, "accuracy", "t"), "float, got True"),
        ({"published": [SEVERAL | {"half_width": 1.0}]}, ("published", 0, "half_width"), "a table of tasks, got 1.0"),
        ({"published": [SEVERAL | {"half_width": {"v": 1}}]}, ("published", 0, "half_width", "v"), "one of t, u"),
        ({"published": [SEVERAL | {"half_width": {"t": ""}}]}, ("published", 0, "half_width", "t"), "got ''"),
        ({"published": [without(SEVERAL, "source")]}, ("published", 0), "lacks the key 'source'"),
        ({"published": [without(PUBLISHED, "task")]}, ("published", 0), "lacks the key 'task'"),
        ({"stage": "dev"}, ("stage",), "unknown stage 'dev': .*expected one of test, val"),
        ({"stage": ["val"]}, ("stage",), "stage: expected str"),
        ({"protocols": ["p"]}, ("protocol",), "either 'protocol' or 'protocols', got both"),
        ({"protocols": "p"}, ("protocols",), "protocols: expected list, got 'p'"),
        ({"published": [PUBLISHED, without(PUBLISHED, "trust")]}, ("published", 1), "lacks the key 'trust'"),
        ({"search": [1]}, ("search",), "search: expected dict"),
    ],
)  # fmt: skip
def test_a_mistake_is_refused_with_the_keys_that_lead_to_it(more, where, message):
    with pytest.raises(RequestError, match=message) as refused:
        check_plan(GRID | more)
    assert refused.value.where == where


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = 3 4", "line 1"),
        (SMALL + FIGURE, "unknown task of this suite 't': expected one of 20-way 1-shot, 5-way 1-shot"),
        (SMALL + PAPER.replace("5-way 1-shot", "5-way 1-shto"), "unknown task of this suite '5-way 1-shto': did"),
        (SMALL.replace('protocol = "scripts"', ""), "'protocol' is missing"),
        (SMALL + "[training]\nsteps = 5.5", "steps: expected int, got 5.5"),
        (SMALL + "[training]\nsteps = true", "steps: expected int, got True"),
        (SMALL + '[training]\nprecision = "float16"', "unknown precision 'float16'"),
        (SMALL + '[training]\nlearn = "train+val"', 'needs val, got "train[+]val"'),
        (SMALL + "[training]\ntask = { way = 5 }", "task: expected way, shot and query"),
        (SMALL + '[[cells]]\nlearner = "siamese"', "needs a backbone"),
        (SMALL + 'seeds = ["one"]', "an item of seeds: expected int, got 'one'"),
        (SMALL.replace('["triplet"]', "[7]"), "an item of losses: expected str, got 7"),
        (SMALL + "[options]\ntriplet = 3", "options.triplet: expected dict, got 3"),
        (SMALL + '[[cells]]\nbackbone = 3\nloss = "triplet"', "backbone: expected str, got 3"),
        (SMALL + "cells = [1]", "an item of cells: expected dict, got 1"),
        (SMALL + "threads = 1000000", "threads: expected at most 256, got 1,000,000"),
        (SMALL + "[training]\nlearning_rate = 1e300", "learning_rate: expected at most 1e[+]30"),
        (SMALL + "[training]\nlayers.x.learning_rate = 1e300", "learning_rate: expected at most 1e[+]30"),
        (SMALL + "[training]\nbatch = 1000000000000000", "batch: expected at most 1,310, got"),
        (SMALL + "[training]\nsteps = 4611686018427387904", "steps: expected at most 1,000,000,000"),
        (SMALL + "[training]\npairs = 1000000000000", "pairs: expected at most 134,217,728"),
        (SMALL + "[training]\ntask = { way = 5, shot = 1, query = 99999 }", "at most 131,072 images, got 500,000"),
        (SMALL.replace("28", "100000"), "line 5: size: expected a number from 1 to 4096, got 100000"),
        (SMALL + f"seeds = [{10**30}]", "line 8: seeds: .*64 bits, got one of 31 digits|within 64 bits"),
        (SMALL + f"seeds = [{'9' * 5000}]", "mine.toml: .*digits"),
        (SMALL + "[options.triplet]\nmargin = nan", "margin: expected a finite number, got nan"),
        (SMALL + '[options."pml:TripletMarginLoss"]\nx = inf', "x: expected a finite number, got inf"),
        (SMALL + '[options."pml:TripletMarginLoss"]\nx = 1979-05-27', "x: expected a text or a number, got the date"),
        (SMALL + f"note = {'[' * 3000}{']' * 3000}", "expected tables and lists at most 16 deep"),
        (SMALL + f"note = {'[' * 40}{']' * 40}", "line 8: note: expected tables and lists at most 16 deep"),
        (SMALL + f"seeds = [{','.join(map(str, range(20_001)))}]", "seeds: expected a suite of at most 20,000 cells"),
    ],
)
def test_a_mistake_is_named_with_what_was_expected(suite, text, message):
    with pytest.raises(RequestError, match=message):
        suite(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (START + "cells = []", "no cell is left"),
        (START + "learners = []", "learners: expected at least one, got none"),
        (START + 'backbones = []\nlosses = ["triplet"]', "backbones: expected at least one, got none"),
        (START + 'backbones = ["conv4"]\nlosses = []', "losses: expected at least one, got none"),
        (SMALL + "exclude = [{}]", "exclude: expected a key such as loss, got {}"),
        (SMALL + 'exclude = [{ loss = "triplet" }]', "no cell is left"),
        (SMALL + "seeds = []", "seeds: expected at least one, got none"),
    ],
)
def test_a_suite_without_cells_is_refused(suite, text, message):
    with pytest.raises(RequestError, match=rf"^suite mine\.toml(, line \d)?(, exclude)?: {message}$"):
        suite(text)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('normalise = "ours"', "unknown normalise 'ours': .*expected one of imagenet, none, own"),
        ("normalise = true", "normalise: expected str, got True"),
        ("[options.held_out]\nways = 3", "unknown option of held_out 'ways': did you mean way"),
        ("[training]\ncrop = 2.0", "crop: expected a number from 0 to 1, got 2.0"),
        ("[search]\njitter = [0.1, 1.1]", "jitter: expected a number from 0 to 1, got 1.1"),
    ],
)
def test_a_wrong_value_for_photographs_is_refused_with_its_line(suite, line, message):
    with pytest.raises(RequestError, match=message) as refused:
        suite(OWN + line)
    assert re.search(r"line \d+:", str(refused.value))
