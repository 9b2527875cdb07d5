"""Specs: their id, the way through JSON and back, and what is refused."""

import json
from dataclasses import fields, replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape, recipe_from_plain
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.core.spec.stored import from_plain, stored_spec


def trained(**changes) -> RunSpec:
    given = {
        "dataset": Part("omniglot"),
        "protocol": Part("lake"),
        "stage": "val",
        "size": 28,
        "learner": Part("siamese"),
        "similarity": Part("euclidean"),
        "backbone": Part("conv4", {"widths": [64, 64, 64, 64]}),
        "loss": Part("contrastive", {"margin": 1.0}),
        "training": Recipe(),
    }
    return RunSpec(**given | changes)


def untrained() -> RunSpec:
    return RunSpec(Part("typefaces"), Part("scripts"), "test", 28, Part("pixels"), Part("cosine", {"scale": 10.0}))


def test_known_ids():
    """A change of these makes every stored record unknown: a new field is the only good reason."""
    assert trained().id == "75aba9d84c7a"
    assert untrained().id == "5a751fbb0dfa"


def test_the_id_is_of_twelve_digits_and_blind_to_the_order_of_options():
    one, two = Part("loss", {"a": 1, "b": 2}), Part("loss", {"b": 2, "a": 1})
    assert trained(loss=one).id == trained(loss=two).id
    assert len(trained().id) == 12
    assert int(trained().id, 16) >= 0


OTHER = {
    "dataset": Part("typefaces"),
    "protocol": Part("scripts"),
    "stage": "test",
    "size": 105,
    "learner": Part("pixels"),
    "similarity": None,
    "backbone": Part("conv4", {"widths": [64, 64, 64, 32]}),
    "loss": Part("contrastive", {"margin": 1.5}),
    "shot_rule": "mean_embedding",
    "training": None,
    "shuffled_labels": True,
    "seed": 1,
    "revision": 2,
    "normalise": "own",
}
OTHER_TRAINING = {
    "learn": "train+val",
    "task": TaskShape(20, 1, 5),
    "batch": 3,
    "within_group": 0.7,
    "other_authors": True,
    "affine": 0.5,
    "turn": "class",
    "steps": 1001,
    "select": "last",
    "val_every": 251,
    "optimiser": "sgd",
    "learning_rate": 2e-3,
    "weight_decay": 0.0,
    "momentum": 0.8,
    "schedule": "constant",
    "warmup": 51,
    "final_rate": 0.0,
    "precision": "bfloat16",
    "channels_last": False,
    "pairs": 10,
    "copies": 8,
    "momentum_ramp": 100,
    "momentum_start": 0.25,
    "layers": {"encoder.conv1": {"learning_rate": 0.01}},
    "crop": 0.35,
    "flip": 0.5,
    "jitter": 0.4,
    "class_rate": 2.0,
    "forged": 3,
    "class_affine": 0.25,
}
LATER = (
    "pairs",
    "copies",
    "momentum_ramp",
    "momentum_start",
    "layers",
    "crop",
    "flip",
    "jitter",
    "class_rate",
    "forged",
    "class_affine",
)
OTHER_PART = {"name": "other", "options": {"margin": 1.0, "mining": "all"}, "revision": 2, "sha256": "0" * 64}


def test_every_field_changes_the_id():
    last = {"stage": "test", "training": replace(Recipe(), select="last")}  # what learn = "train+val" asks for
    assert [item.name for item in fields(RunSpec)] == [*OTHER, "fold", "folds", "members", "pitfalls"]
    assert [item.name for item in fields(Recipe)] == list(OTHER_TRAINING)
    assert [item.name for item in fields(Part)] == list(OTHER_PART)
    pairs = replace(last["training"], pairs=20, affine=0.25, optimiser="sgd")  # what copies and a ramp ask for
    ramp = replace(pairs, momentum_ramp=50)
    bases = dict.fromkeys(OTHER_TRAINING, last["training"])
    bases |= {"copies": pairs, "momentum_ramp": pairs, "momentum_start": ramp}
    specs = [trained(), trained(**last), *(trained(**last | {"training": one}) for one in (pairs, ramp))]
    specs += [trained(**{name: value}) for name, value in OTHER.items()]
    specs += [trained(pitfalls=names) for names in (("same_drawers",), ("same_drawers", "across_alphabets"))]
    specs += [trained(fold=fold, folds=folds) for fold, folds in ((1, 2), (2, 2), (1, 3))]
    specs += [trained(**last, members=seeds) for seeds in ((0, 1), (1, 0), (0, 1, 2))]
    specs += [trained(loss=replace(trained().loss, **{name: value})) for name, value in OTHER_PART.items()]
    specs += [
        trained(**last | {"training": replace(bases[name], **{name: value})})
        for name, value in OTHER_TRAINING.items()
        if name != "select"
    ]
    assert len({spec.id for spec in specs}) == len(specs)


OF_PAIRS = Recipe(
    pairs=20,
    copies=8,
    affine=0.5,
    optimiser="sgd",
    momentum_ramp=5,
    layers={"encoder": {"momentum": 1, "weight_decay": 0}},
)


def test_a_spec_without_a_later_field_is_the_same_spec():
    plain = trained().plain()
    assert plain["training"].keys() == OTHER_TRAINING.keys() - set(LATER)
    assert from_plain(plain) == trained()
    assert from_plain(plain).id == trained().id == "75aba9d84c7a"
    assert trained(training=OF_PAIRS).plain()["training"].keys() == OTHER_TRAINING.keys() - {
        "momentum_start",
        "crop",
        "flip",
        "jitter",
        "class_rate",
        "forged",
        "class_affine",
    }


MISTAKEN = trained(pitfalls=("same_drawers", "counted_ties"))


@pytest.mark.parametrize(
    "spec",
    [trained(), trained(training=OF_PAIRS), untrained(), MISTAKEN],
    ids=["trained", "of pairs", "untrained", "mistaken"],
)
def test_a_spec_comes_back_from_json(spec):
    back = from_plain(json.loads(json.dumps(spec.plain())))
    assert back == spec
    assert back.id == spec.id


def test_no_mistake_is_the_spec_from_before_there_were_any():
    assert "pitfalls" not in trained().plain()
    assert stored_spec(trained().plain()).pitfalls == ()
    assert stored_spec(MISTAKEN.plain()) == MISTAKEN
    assert stored_spec(MISTAKEN.plain()).id == MISTAKEN.id


ON_VAL = Recipe(learn="train+val", select="last")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pitfalls": ("same_drawers",) * 2}, "pitfalls: expected each once, got same_drawers, same_drawers"),
        ({"pitfalls": ("same_drawers",), "stage": "test"}, 'a training measured at stage "val", got "test"'),
        ({"pitfalls": ("measured_in_training",)}, r'measured_in_training: expected learn = "train\+val"'),
        ({"pitfalls": ("same_drawers",), "training": ON_VAL}, r'expected one outside learn = "train\+val", got "val"'),
        (
            {"pitfalls": ("selected_on_measured",), "training": Recipe(select="last")},
            'selected_on_measured: expected select = "best_val"',
        ),
    ],
)
def test_mistakes_that_are_none_or_would_look_at_test_classes_are_refused(given, message):
    with pytest.raises(RequestError, match=message):
        trained(**given)


def test_only_a_named_mistake_learns_from_the_classes_that_are_measured():
    assert trained(pitfalls=("measured_in_training",), training=ON_VAL).training.learn == "train+val"
    with pytest.raises(RequestError, match="an item of pitfalls: expected"):
        from_plain(trained().plain() | {"pitfalls": [1]})
    with pytest.raises(RequestError, match="pitfalls: expected"):
        from_plain(trained().plain() | {"pitfalls": "same_drawers"})


def test_a_whole_number_for_a_real_one_is_the_same_spec():
    one, two = ({"affine": 1, "learning_rate": 1, "steps": 10}, {"affine": 1.0, "learning_rate": 1.0, "steps": 10})
    ids = {trained(training=recipe_from_plain(values)).id for values in (one, two)}
    ids |= {trained(training=Recipe(**values)).id for values in (one, two)}
    assert len(ids) == 1
    layers = ({"encoder": {"learning_rate": rate}} for rate in (1, 1.0))
    assert len({trained(training=recipe_from_plain({"layers": one})).id for one in layers}) == 1


def test_a_size_is_a_number_or_a_pair():
    pair = trained(size=[150, 220])
    assert pair.plain()["size"] == [150, 220]
    assert stored_spec(pair.plain()) == pair
    assert trained(size=[28, 28]) == trained(size=28)
    assert trained(size=[28, 28]).id == trained(size=28).id


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stage": "train"}, "unknown stage 'train'.*expected one of test, val"),
        ({"shot_rule": "mean"}, "unknown shot_rule 'mean': did you mean"),
        ({"size": 0}, "size: expected a number from 1 to 4096, got 0"),
        ({"size": [150]}, r"size: expected a number of pixels or a pair \[height, width\] of them, got \[150\]"),
        ({"size": [150, 0.5]}, "size: expected a number of pixels or a pair .* got 0.5"),
        ({"size": [150, 5000]}, "size: expected a number from 1 to 4096, got 5000"),
        (
            {"size": [150, 220], "training": Recipe(turn="class")},
            'turn: with images of 150 × 220 px, no squares: expected "none", got "class"',
        ),
        (
            {"training": Recipe(learn="train+val", select="last")},
            'stage: expected one outside learn = "train',
        ),
    ],
)
def test_a_run_that_makes_no_sense_is_refused(change, message):
    with pytest.raises(RequestError, match=message):
        trained(**change)


@pytest.mark.parametrize("later", [{"crop": 0.35}, {"flip": 0.5}, {"jitter": 0.4}, {"class_affine": 0.5}])
def test_a_distortion_of_photographs_is_in_the_id_where_there_is_one(later):
    (name,) = later
    assert name not in trained().plain()["training"]
    spec = trained(training=Recipe(**later))
    assert spec.plain()["training"][name] == later[name]
    assert spec.id != trained().id
    assert from_plain(spec.plain()) == spec


def test_the_members_of_an_ensemble_are_in_the_id():
    alone = trained(stage="test")
    assert "members" not in alone.plain()
    spec = replace(alone, members=(0, 3))
    assert (spec.trains, alone.trains) == (False, True)
    assert stored_spec(json.loads(json.dumps(spec.plain()))) == spec
    assert len({alone.id, spec.id}) == len({alone.method, spec.method}) == 2
    assert spec.of_members == (replace(alone, seed=0), replace(alone, seed=3))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"members": (1,), "stage": "test"}, r"at least two different seeds, got \[1\]"),
        ({"members": (1, 1)}, "at least two different seeds"),
        ({"members": (1, "2")}, "members: expected seeds, got"),
        ({"members": (1, 2), "stage": "val"}, "kept at stage test, got stage val"),
    ],
)
def test_ensembles_that_cannot_be(given, message):
    with pytest.raises(RequestError, match=message):
        trained(**given)


def test_normalised_images_are_in_the_id():
    assert "normalise" not in trained().plain()
    spec = trained(normalise="own")
    assert spec.plain()["normalise"] == "own"
    assert len({trained().id, spec.id, trained(normalise="imagenet").id}) == 3
    assert from_plain(json.loads(json.dumps(spec.plain()))) == spec


def test_an_unknown_normalisation_is_refused():
    with pytest.raises(RequestError, match=r"unknown normalise 'ours': .*expected one of imagenet, none, own"):
        trained(normalise="ours")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"fold": 1}, "fold: expected a number from 0 to 0, got 1"),
        ({"folds": 2}, "fold: expected a number from 1 to 2, got 0"),
        ({"fold": 3, "folds": 2}, "fold: expected a number from 1 to 2, got 3"),
        ({"fold": 1, "folds": 2, "stage": "test"}, 'expected stage "val", got "test"'),
    ],
)
def test_a_fold_is_one_of_val(given, message):
    with pytest.raises(RequestError, match=message):
        trained(**given)
