"""Recipes and shapes of tasks: what plain values give, and what is refused."""

from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape, recipe_from_plain


def test_the_tasks_of_a_step():
    recipe = Recipe(task=TaskShape(5, 1, 2), batch=6)
    assert (recipe.shape, recipe.tasks_a_step) == (TaskShape(5, 1, 2), 6)
    assert replace(recipe, pairs=6) == Recipe(batch=6, pairs=6)  # the task has no say then
    recipe = replace(recipe, pairs=6)  # as many as the list has
    assert (recipe.shape, recipe.tasks_a_step) == (TaskShape(2, 1, 1), 3)
    assert replace(recipe, copies=2, affine=0.5, batch=18).tasks_a_step == 9


def test_training_is_given_over_the_defaults():
    found = recipe_from_plain({"task": {"way": 5, "shot": 1, "query": 15}, "steps": 7, "val_every": 1, "affine": 0.5})
    assert found == replace(Recipe(), task=TaskShape(5, 1, 15), steps=7, val_every=1, affine=0.5)
    assert recipe_from_plain({}) == Recipe()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"step": 10}, "unknown training option 'step': did you mean steps"),
        ({"steps": 10.5}, "steps: expected int, got 10.5"),
        ({"steps": True}, "steps: expected int, got True"),
        ({"steps": "10"}, "steps: expected int, got '10'"),
        ({"steps": 0}, "steps: expected a number of at least 1, got 0"),
        ({"steps": 1000, "val_every": 4}, "val_every: expected at least 5 for 1000 steps"),
        ({"batch": 0}, "batch: expected a number of at least 1, got 0"),
        ({"affine": "yes"}, "affine: expected float, got 'yes'"),
        ({"affine": True}, "affine: expected float, got True"),
        ({"affine": 1.5}, "affine: expected a number from 0 to 1, got 1.5"),
        ({"within_group": -0.1}, "within_group: expected a number from 0 to 1, got -0.1"),
        ({"learning_rate": float("nan")}, "learning_rate: expected a number .*, got nan"),
        ({"learning_rate": float("inf")}, "learning_rate: expected a number .*, got inf"),
        ({"learning_rate": 10**400}, "learning_rate: expected a number of at least 0, got 1000"),
        ({"momentum": -1.0}, "momentum: expected a number from 0 to 1, got -1.0"),
        ({"final_rate": 2.0}, "final_rate: expected a number from 0 to 1, got 2.0"),
        ({"other_authors": 1}, "other_authors: expected bool, got 1"),
        ({"turn": "classes"}, "unknown turn 'classes': did you mean class"),
        ({"precision": "float16"}, "unknown precision 'float16'.*expected one of bfloat16, float32"),
        ({"optimiser": "adam"}, "unknown optimiser 'adam': did you mean adamw"),
        ({"learn": "train+val"}, 'or set select = "last"'),
        ({"task": {"way": 5}}, "task: expected way, shot and query, got .*5"),
        ({"task": {"way": 1, "shot": 1, "query": 1}}, "a task's way: expected a whole number of at least 2, got 1"),
        ({"task": {"way": 5, "shot": 0, "query": 1}}, "a task's shot: .*at least 1, got 0"),
        ({"task": {"way": 5, "shot": 1, "query": 2.5}}, "a task's query: .*got 2.5"),
        ({"task": "20-way 1-shot"}, "task: expected way, shot and query, got '20-way 1-shot'"),
        ({"pairs": 0.5}, "pairs: expected int, got 0.5"),
        ({"pairs": -2}, "pairs: expected a number of at least 0, got -2"),
        ({"pairs": 7}, "pairs: expected an even number, half of them of one class, got 7"),
        ({"pairs": 6, "batch": 3}, "batch: expected an even number of pairs, at most the 6 of the list, got 3"),
        ({"pairs": 6, "batch": 8}, "batch: .*at most the 6 of the list, got 8"),
        ({"pairs": 6, "copies": 2, "affine": 0.5, "batch": 20}, "batch: .*at most the 18 of the list, got 20"),
        ({"copies": 8, "affine": 0.5}, "copies: expected pairs to make copies of, got 8 copies of none"),
        ({"copies": 8, "pairs": 6}, "copies: expected affine > 0, as copies differ by it alone, got 8"),
        ({"pairs": 6, "copies": 2, "affine": 0.5, "turn": "task"}, "turn: expected none with copies, .*, got task"),
        ({"pairs": 6, "turn": "class"}, "turn: expected none or task, as the images of a pair"),
        ({"momentum_start": 0.2, "optimiser": "sgd"}, "momentum_start: expected a momentum_ramp beside it, got 0.2"),
        ({"pairs": 6, "within_group": 0.5}, "within_group: expected 0 with pairs, all within a group, got 0.5"),
        ({"momentum_ramp": 100}, 'momentum_ramp: expected optimiser = "sgd" beside it, got "adamw"'),
        ({"momentum_start": 1.5}, "momentum_start: expected a number from 0 to 1, got 1.5"),
        ({"layers": ["encoder"]}, r"layers: expected dict, got \['encoder'\]"),
        ({"layers": {"encoder": 0.1}}, "layers: expected a table of values for encoder, got 0.1"),
        ({"layers": {"encoder": {}}}, "layers: expected a table of values for encoder, got {}"),
        (
            {"layers": {"encoder": {"learning_rat": 0.1}}},
            "unknown option of layer encoder 'learning_rat': did you mean learning_rate",
        ),
        ({"layers": {"encoder": {"learning_rate": "high"}}}, "learning_rate of encoder: expected float, got 'high'"),
        ({"layers": {"encoder": {"learning_rate": True}}}, "learning_rate of encoder: expected float, got True"),
        ({"layers": {"encoder": {"weight_decay": -1}}}, "weight_decay of encoder: expected a number of at least 0"),
        (
            {"layers": {"encoder": {"momentum": 2}}, "optimiser": "sgd"},
            "momentum of .*: expected a number from 0 to 1, got 2",
        ),
        ({"layers": {"encoder": {"momentum": 0.5}}}, 'momentum of encoder: expected optimiser = "sgd", got "adamw"'),
    ],
)
def test_training_that_makes_no_sense_is_refused(values, message):
    with pytest.raises(RequestError, match=message):
        recipe_from_plain(values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": "many"}, "^steps: expected int, got 'many'"),
        ({"learning_rate": None}, "^learning_rate: expected float, got None"),
        ({"task": (5, 1, 4)}, r"^task: expected way, shot and query, got \(5, 1, 4\)"),
        ({"learn": ["train"]}, r"^learn: expected str, got \['train'\]"),
        ({"layers": {1: {"momentum": 0.5}}}, "^name of a layer: expected str, got 1"),
    ],
)
def test_a_recipe_of_wrong_types_is_refused(values, message):
    with pytest.raises(RequestError, match=message):
        Recipe(**values)


def test_a_shape_prints_as_the_field_writes_it():
    assert str(TaskShape(20, 1, 4)) == "20-way 1-shot"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"crop": 1.5}, "crop: expected a number from 0 to 1, got 1.5"),
        ({"flip": -0.1}, "flip: expected a number from 0 to 1, got -0.1"),
        ({"flip": True}, "flip: expected float, got True"),
        ({"jitter": "much"}, "jitter: expected float, got 'much'"),
        ({"class_affine": 1.5}, "class_affine: expected a number from 0 to 1, got 1.5"),
        ({"pairs": 4, "class_affine": 0.5}, "class_affine: expected 0 with pairs"),
        ({"pairs": 4, "copies": 1, "affine": 0.5, "flip": 0.5}, "flip: expected 0 with copies"),
        ({"pairs": 4, "copies": 1, "affine": 0.5, "crop": 0.5}, "crop: expected 0 with copies"),
        ({"pairs": 4, "copies": 1, "affine": 0.5, "jitter": 0.5}, "jitter: expected 0 with copies"),
    ],
)
def test_a_wrong_distortion_is_refused(values, message):
    with pytest.raises(RequestError, match=message):
        recipe_from_plain(values)
