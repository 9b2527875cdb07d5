"""What is refused before anything runs, with the line that asks for it."""

import shutil
import sys

import pytest
from runs import check, ready, run_whole

from fewshot.core.errors import RequestError
from fewshot.execution import preflight
from fewshot.records.store import find_record
from fewshot.records.stored.text import read_record
from fewshot.suites.suite import read_suite

LAYERS = """
title = "t"
dataset = "typefaces"
protocol = "scripts"
size = 16
losses = ["verification"]
backbones = ["conv4"]
[options.conv4]
widths = [4, 4, 4]
[training]
steps = 2
val_every = 2
optimiser = "sgd"
[training.layers."encoder.blocks.0"]
learning_rate = 0.5
momentum = 0.8
[training.layers."similarity.alpha"]
weight_decay = 0
"""


@pytest.fixture
def written(tmp_path):
    """The suite of a text."""

    def written(text):
        (tmp_path / "mine.toml").write_text(text, encoding="utf-8")
        return read_suite(str(tmp_path / "mine.toml"), stage="val")

    return written


def test_layers_of_a_suite_reach_its_cells_and_train_otherwise(written, tmp_path):
    losses = []
    for number, text in enumerate((LAYERS, LAYERS.replace("0.5", "0.001"))):
        suite = written(text)
        (record,) = run_whole(suite, tmp_path / str(number)).records
        losses.append(record.curve[-1][1])
    assert losses[0] != losses[1]
    assert suite.specs[0].training.layers == {
        "encoder.blocks.0": {"learning_rate": 0.001, "momentum": 0.8},
        "similarity.alpha": {"weight_decay": 0.0},
    }


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("momentum = 0.8", "momentun = 0.8", r"line 16: unknown option of layer encoder.blocks.0 'momentun'"),
        ("momentum = 0.8", "momentum = 1.8", r"line 16: momentum of encoder.blocks.0: expected a number from 0 to 1"),
        ("weight_decay = 0", 'weight_decay = "no"', r"line 18: weight_decay of similarity.alpha: expected float"),
        ('optimiser = "sgd"', "momentum_ramp = 5", r"line 13: momentum_ramp: expected optimiser = \"sgd\""),
    ],
)
def test_a_wrong_value_of_a_layer_is_refused_with_its_line(written, old, new, message):
    with pytest.raises(RequestError, match=message):
        written(LAYERS.replace(old, new))


def test_a_layer_that_the_network_has_not_is_refused_before_training(written, tmp_path):
    suite = written(LAYERS.replace("blocks.0", "block.0"))
    with pytest.raises(RequestError, match=r"line 14: unknown layer 'encoder.block.0': did you mean encoder.blocks.0"):
        ready(suite)
    single = LAYERS.replace("losses", "#").replace("backbones", "#")
    single += '[[cells]]\nbackbone = "conv4"\nloss = "verification"\ntraining.layers.conv1.learning_rate = 1.0\n'
    suite = written(single)
    with pytest.raises(RequestError, match=r"line 22: unknown layer 'conv1'"):
        ready(suite)


def test_pairs_that_the_images_cannot_give_are_refused_before_training(written, glyph_bank, monkeypatch):
    suite = written(LAYERS.replace("val_every = 2", "val_every = 2\npairs = 4"))
    ready(suite)
    small, real = {"train": glyph_bank(6, groups=3, size=16)}, preflight.load_banks

    def load_banks(*given):
        protocol, banks = real(*given)
        return protocol, banks | small

    monkeypatch.setattr(preflight, "load_banks", load_banks)
    with pytest.raises(RequestError, match="no group has the 3 classes"):
        ready(suite)


REFUSED = """
title = "t"
dataset = "typefaces"
protocol = "scripts"
size = 16
losses = ["nt_xent",
  "{loss}"]
backbones = ["conv4",
  "{backbone}"]
[[cells]]
backbone = "conv4"
loss = "{single}"
similarity = "euclidean"
"""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"backbone": "torchvision:resnet81"},
            "line 8, backbones: unknown model of torchvision 'resnet81'",
        ),
        ({"backbone": "torchvision:maxvit_t"}, "line 5: torchvision:maxvit_t: expected images of a size"),
        ({"loss": "pml:FastApLoss"}, "line 6: unknown loss of pytorch-metric-learning 'FastApLoss': did you mean Fast"),
        ({"loss": "pml:VICRegLoss"}, "line 6: loss pml:VICRegLoss cannot learn by cosine: ValueError: labels"),
        (
            {"single": "pml:CircleLoss"},
            "line 13: similarity of CircleLoss: expected",
        ),
    ],
)
def test_what_a_library_refuses_is_refused_with_its_line(written, given, message):
    names = {"loss": "supcon", "backbone": "torchvision:resnet18", "single": "supcon"} | given
    suite = written(REFUSED.format(**names))
    with pytest.raises(RequestError, match=message):
        check(suite)


def test_a_fixed_measure_is_refused_before_anything_is_built(written):
    names = {"loss": "supcon", "backbone": "torchvision:resnet18", "single": "circle"}
    with pytest.raises(RequestError, match=r"line 13: loss circle learns by a measure of its own: expected .*cosine"):
        written(REFUSED.format(**names))


OPTIONS = """
title = "t"
dataset = "typefaces"
protocol = "scripts"
size = 16
losses = ["{loss}"]
backbones = ["{backbone}"]
learners = ["siamese",
  "{learner}"]

[options."{named}"]
{option}
"""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"loss": "triplet", "option": 'mining = "none"'}, "line 12: unknown mining 'none'"),
        ({"loss": "triplet_margin", "option": 'reducer = "sum"'}, "line 12: unknown reducer 'sum'"),
        ({"loss": "circle", "option": 'pairs = "some"'}, "line 12: unknown pairs of CircleLoss 'some'"),
        ({"loss": "lifted_structure", "option": 'pairs = "episode"'}, "line 12: lifted_structure: expected pairs"),
        ({"loss": "pml:FastAPLoss", "option": 'num_bins = "all"'}, "line 12: pml:FastAPLoss cannot be made with"),
        ({"loss": "pml:FastAPLoss", "option": "bins = 5"}, "line 12: unknown option of pml:FastAPLoss 'bins'"),
        ({"loss": "pml:ArcFaceLoss", "option": "num_classes = 5"}, "line 12: unknown option .* 'num_classes'"),
        ({"loss": "pml:ArcFaceLoss", "option": "embedding_size = 5"}, "line 12: unknown option .* 'embedding_size'"),
        ({"loss": "pml:NTXentLoss", "option": 'name = "x"'}, "line 12: unknown option of pml:NTXentLoss 'name'"),
        ({"loss": "pml:NTXentLoss", "option": "normalised = true"}, "line 12: unknown option .* 'normalised'"),
        ({"loss": "pml:NTXentLoss", "option": "dim = 3"}, "line 12: unknown option of pml:NTXentLoss 'dim'"),
        (
            {"loss": "pml:NTXentLoss", "option": "temperature = 0.0"},
            "NTXentLoss: expected options .* got nan",
        ),
        ({"loss": "pml:SignalToNoiseRatioContrastiveLoss", "option": ""}, "line 6: .* got SNRDistance"),
        ({"loss": "nt_xent", "option": "temperature = -1.0"}, "line 12: temperature: expected a number of at least"),
        ({"loss": "soft_triple", "option": "centers_per_class = 0"}, "line 12: centers_per_class: expected a number"),
        ({"loss": "baseline++", "option": "scale = 0.0"}, "line 12: scale: expected a number of at least"),
        ({"backbone": "conv4", "option": "widths = [8, 0]"}, "line 12: widths: expected a number from 1 to .*, got 0"),
        ({"backbone": "resnet6", "option": "residual = -1"}, "line 12: residual: expected a number of at least 0"),
        ({"backbone": "resnet12", "option": "dropout = 2.0"}, "line 12: dropout: expected a number from 0 to 1"),
        ({"backbone": "torchvision:vit_b_16", "option": 'stem = "small"'}, "line 12: .* has a position for each patch"),
        ({"backbone": "torchvision:resnet18", "option": 'stem = "tiny"'}, "line 12: unknown stem .* 'tiny'"),
        ({"learner": "maml", "option": "inner_steps = 0"}, "line 12: inner_steps: expected a number of at least 1"),
    ],
)
def test_a_wrong_value_of_an_option_is_refused_with_its_line(written, given, message):
    names = {"loss": "supcon", "backbone": "conv4", "learner": "pixels"} | given
    suite = written(OPTIONS.format(named=next(iter(given.values())), **names))
    with pytest.raises(RequestError, match=message):
        check(suite)


def test_a_network_larger_than_the_memory_is_refused(written, monkeypatch):
    def make_learner(*given, **more):
        raise RuntimeError("can't allocate memory\nat some line")

    monkeypatch.setattr("fewshot.execution.preflight.make_learner", make_learner)
    with pytest.raises(RequestError, match=r"a network that this machine can hold, got: can't allocate memory$"):
        check(written(OPTIONS.format(named="conv4", option="", loss="supcon", backbone="conv4", learner="pixels")))


@pytest.mark.parametrize(("given", "line"), [({"learner": "maml"}, 8), ({"backbone": "resnet12"}, "7, backbones")])
def test_a_library_that_is_missing_is_asked_for_with_the_line_of_what_needs_it(written, given, line, monkeypatch):
    for name in ("learn2learn", "gym"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    names = {"loss": "supcon", "backbone": "conv4", "learner": "pixels"} | given
    suite = written(OPTIONS.format(named="conv4", option="", **names))
    with pytest.raises(RequestError, match=rf"line {line}: expected learn2learn 0.2.0 to be installed, got.*--group"):
        check(suite)


PEOPLE = """
title = "t"
dataset = "folder:people"
protocol = "held_out"
size = 10
normalise = "own"
backbones = ["conv4"]
losses = ["triplet"]
[options."folder:people"]
split = "0.5/0.25/0.25"
resize = 12
[options.conv4]
widths = [4, 4, 4]
[options.held_out]
way = 3
shots = [1]
query = 2
episodes = 10
val_episodes = 5
pairs = 5
[training]
task = { way = 3, shot = 1, query = 2 }
crop = 0.5
batch = 1
steps = 2
val_every = 2
warmup = 0
layers."encoder.blocks.0".learning_rate = 1e-4
"""


@pytest.fixture
def people(written):
    """The suite on a user's photographs, changed: `people(old, new)`."""
    return lambda old="title", new="title": written(PEOPLE.replace(old, new))


def prepare_all(people, old, new, folders):
    suite = people(old, new)
    ready(suite, folders=folders)


def test_a_suite_on_a_users_folder_runs(people, photographs, tmp_path):
    done = run_whole(people(), tmp_path, folders=[photographs])
    (record,) = done.records
    assert set(record.digests) == {"train", "val"}  # at stage val
    assert read_record(find_record(tmp_path, record.spec)).spec == record.spec


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("way = 3\nshots", "way = 4\nshots", "protocol held_out on val: 4-way 1-shot tasks need 4 classes, .* are 3"),
        (
            "query = 2\nepis",
            "query = 5\nepis",
            "of val with 5 queries need 6 images a class, but class p.* has 5",
        ),
        ("{ way = 3", "{ way = 7", "training on train: 7-way 1-shot tasks need 7 classes, but there are 6"),
        ("size = 10", "size = 14", "line 11: resize: expected 0, or at least the 14 px that are used, got 12"),
        ("resize = 12", 'channels = 1\n[[cells]]\nlearner = "pixels"\nnormalise = "own"', "line 14: learner pixels"),
        ('split = "0.5/0.25/0.25"', "", "expected train, val and test, as folders or lists, or the option split"),
        ("blocks.0", "block.0", "unknown layer 'encoder.block.0'"),
        (
            "learning_rate = 1e-4",
            "learning_rate = 1e-4\n[search]\nweight_decay = [0, 1e-4]\nfolds = 4",
            r"search\.folds: on fold 2 of 4, protocol held_out on val: 3-way 1-shot tasks need 3 classes",
        ),
    ],
)
def test_what_the_photographs_cannot_give_is_refused_before_training(people, photographs, old, new, message):
    with pytest.raises(RequestError, match=message):
        prepare_all(people, old, new, [photographs])


def test_colours_of_imagenet_are_refused_for_grey_images_with_the_line(people, photographs):
    grey = PEOPLE.replace('"own"', '"imagenet"').replace("resize = 12", "channels = 1")
    suite = people(PEOPLE, grey)
    with pytest.raises(RequestError, match=r'line 6: normalise: expected "own" for images of 1 channel'):
        ready(suite, folders=[photographs])


def test_a_folder_with_other_images_than_the_records_is_refused(people, photographs, tmp_path):
    shutil.copytree(photographs / "people", tmp_path / "people")
    run_whole(people(), tmp_path / "results", folders=[tmp_path])
    more = people('title = "t"', 'title = "t"\nseeds = [0, 1]')
    assert len(run_whole(more, tmp_path / "results", folders=[tmp_path]).records) == 2
    for person in (tmp_path / "people").iterdir():
        shutil.copy(person / "1.png", person / "0.png")
    third = people('title = "t"', 'title = "t"\nseeds = [0, 1, 2]')
    with pytest.raises(RequestError, match=r"folder:people: expected the images of \w+ that record \w{12} was made of"):
        run_whole(third, tmp_path / "results", folders=[tmp_path])
    assert len(list((tmp_path / "results" / "runs").rglob("*.json"))) == 2
    assert run_whole(third, tmp_path / "others", folders=[tmp_path]).records
