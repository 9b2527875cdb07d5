import os
import subprocess
import sys

import pytest
import torch
from torch import nn

import fewshot
from fewshot.core.errors import RequestError
from fewshot.protocols import load_protocol
from fewshot.records.store import record_file, write_record
from fewshot.registry.lookup import add_plugin


class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(28 * 28, 8), nn.BatchNorm1d(8))


def constant(tasks):
    task, way, query = tasks.query.shape[:3]
    return torch.zeros(task, way, query, way)


PROTOCOL = '''"""Letters of typefaces, few tasks."""

from dataclasses import replace

from fewshot.protocols import SPLITS, protocol
from fewshot.protocols.scripts import scripts


@protocol
def {name}():
    found = scripts()
    few = {{stage: tuple(replace(one, number=4) for one in getattr(found, stage)) for stage in ("val", "test")}}
    classes = {{split: found.classes[own] for split, own in zip(SPLITS, {splits}, strict=True)}}
    return replace(found, name="{name}", classes=classes, pairs=30, verify={verify}, **few)
'''


@pytest.fixture
def plug_in(tmp_path):
    """Makes a protocol known that poses few tasks: `plug_in("name", splits=…)`, each split being one of scripts."""

    def plug_in(name: str, splits: tuple[str, ...] = ("train", "val", "test"), verify: bool = False):
        file = tmp_path / f"{name}.py"
        file.write_text(PROTOCOL.format(name=name, splits=splits, verify=verify))
        return add_plugin(file)

    return plug_in


def test_load_gives_a_split():
    bank = fewshot.load_split("typefaces", "scripts", "val")
    assert set(bank.groups) == {"Armenian", "Georgian"}
    assert bank.shape == (1, 28, 28)


def test_draw_gives_tasks():
    tasks = fewshot.sample_tasks(
        fewshot.load_split("typefaces", "scripts"), fewshot.TaskShape(5, 1, 3), numbers=range(4)
    )
    assert tasks.support.shape == (4, 5, 1, 1, 28, 28)
    assert tasks.query.shape == (4, 5, 3, 1, 28, 28)


def test_a_module_is_evaluated_with_frozen_norms_and_left_as_it_was():
    net = Net().train()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    record = fewshot.evaluate(net, protocol="scripts", stage="val")
    assert net.training
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert len(record.accuracy["20-way 1-shot"]) == 300
    assert record.facts["versions"]["torch"]


def test_every_part_of_a_module_is_left_in_its_own_mode():
    frozen, net = nn.BatchNorm2d(1).eval(), nn.Flatten()
    model = nn.Sequential(frozen, net)
    fewshot.evaluate(model, protocol="scripts", stage="val", size=10)
    assert [part.training for part in (model, frozen, net)] == [True, False, True]
    with pytest.raises(RequestError, match="expected embeddings"):
        fewshot.evaluate(nn.Sequential(frozen, kept := nn.Identity()), protocol="scripts", stage="val", size=10)
    assert [part.training for part in (frozen, kept)] == [False, True]


def test_the_weights_are_part_of_the_id():
    one, other = (fewshot.evaluate(Net(), protocol="scripts", stage="val") for _ in range(2))
    assert one.id != other.id


def test_a_constant_function_is_exactly_at_chance():
    record = fewshot.evaluate(constant, protocol="scripts", stage="val")
    assert record.accuracy["20-way 1-shot"] == pytest.approx([0.05] * 300, abs=1e-12)


def test_train_gives_a_record_and_a_learner_that_evaluates_the_same():
    record, learner = fewshot.train("triplet", steps=4, val_every=2, device="cpu")
    assert [row[0] for row in record.curve] == [2, 4]
    again = fewshot.evaluate(learner, protocol="scripts", stage="val", size=28)
    assert again.accuracy == record.accuracy


def test_a_learner_is_refused_where_the_classes_that_it_learned_from_are_measured(plug_in):
    plug_in("swapped", ("test", "val", "train"))
    _, learner = fewshot.train("triplet", protocol="swapped", steps=2, val_every=2, device="cpu")
    greek_and_cyrillic = load_protocol("scripts").classes["test"]
    assert learner.learned_from == greek_and_cyrillic
    number = len(greek_and_cyrillic)
    with pytest.raises(
        RequestError, match=rf"^this learner cannot be evaluated on scripts: .* {number} of the {number}"
    ):
        fewshot.evaluate(learner, protocol="scripts")
    for part in (learner.encoder, nn.Sequential(*learner.encoder.blocks)):
        with pytest.raises(RequestError, match=r"^this learner cannot be evaluated on scripts"):
            fewshot.evaluate(part, protocol="scripts")
    assert fewshot.evaluate(learner, protocol="swapped", stage="val").accuracy


def test_a_model_that_learned_from_what_is_measured_is_refused_before_any_image_is_looked_for():
    with pytest.raises(RequestError, match=r"^a model trained on vinyals cannot be evaluated on lake: .*78 of"):
        fewshot.evaluate(constant, "lake", learned_from="vinyals")
    for given, said in (
        ("vinials", "a protocol or a class of omniglot, such as vinyals, got 'vinials'"),
        (["Bengali/charcter01"], "such as Bengali/character01 or .*, got 'Bengali/charcter01'"),
        (["lake", "vinyals"], "a model trained on vinyals cannot"),
        (3, "expected names of protocols or of classes, got 3"),
    ):
        with pytest.raises(RequestError, match=said):
            fewshot.evaluate(constant, "lake", learned_from=given)
    inner = Net()
    inner.learned_from = ("Tibetan/character01",)
    with pytest.raises(RequestError, match="this learner cannot be evaluated on lake"):
        fewshot.evaluate(nn.Sequential(inner), "lake")
    with pytest.raises(RequestError, match=r"^this model cannot be evaluated on lake: .*such as Tibetan/character01"):
        fewshot.evaluate(Net(), "lake", learned_from=["Greek/character01", "Tibetan/character01/rot090"])


def test_a_model_that_learned_from_other_classes_is_measured(plug_in):
    plug_in("few")
    latin, armenian = (load_protocol("scripts").classes[split] for split in ("train", "val"))
    plain = fewshot.evaluate(constant, "few")
    for learned in ("scripts", "few", "vinyals", [*latin, *armenian], latin, ()):
        assert fewshot.evaluate(constant, "few", learned_from=learned).accuracy == plain.accuracy
    fewshot.evaluate(constant, "few", stage="val", learned_from=latin)
    with pytest.raises(RequestError, match=f"{armenian[0]}$"):
        fewshot.evaluate(constant, "few", stage="val", learned_from=[armenian[0]])


def test_the_record_names_the_protocol_as_it_is_called_and_the_file_of_a_plug_in(plug_in):
    entry = plug_in("my_few")
    one, other = (fewshot.evaluate(constant, name, stage="val") for name in ("my_few", "my-few"))
    assert one.id == other.id
    assert (one.spec.protocol.name, one.spec.protocol.sha256) == ("my_few", entry.sha256)


def test_a_protocol_with_a_threshold_needs_the_images_of_val(plug_in):
    plug_in("verified", verify=True)
    found = fewshot.evaluate(Net(), "verified")
    assert list(found.accuracy) == ["5-way 1-shot", "20-way 1-shot", "verification"]
    assert (len(found.accuracy["verification"]), set(found.digests)) == (60, {"val", "test"})
    assert set(fewshot.evaluate(Net(), "verified", stage="val").digests) == {"val"}


def test_frame_is_one_row_for_a_run_and_task(make_record, tmp_path):
    from fewshot.suites.suite import read_suite

    for spec in read_suite("quickstart").specs:
        write_record(make_record(spec), record_file(tmp_path, "quickstart", spec))
    table = fewshot.results(tmp_path)
    assert len(table) == 10
    assert set(table["loss"].dropna()) == {"verification", "contrastive", "triplet", "prototypical"}
    assert table["accuracy"].between(0, 1).all()


def letters():
    return fewshot.load_split("typefaces", "scripts", "val")


def tasks_of(numbers):
    return fewshot.sample_tasks(letters(), fewshot.TaskShape(5, 1, 1), numbers=numbers)


@pytest.mark.filterwarnings("ignore:collapsed")  # as the network is tiny
def test_work_is_reported_to_a_function():
    heard = []
    fewshot.evaluate(constant, "scripts", stage="val", progress=lambda *work: heard.append(work))
    works = ["embedding", "20-way 1-shot", "verification", "verification"]
    assert heard == [(work, done, 3) for done, work in enumerate(works)]
    heard.clear()
    small = {"size": 16, "options": {"conv4": {"widths": [4, 4, 4, 4]}}, "task": fewshot.TaskShape(5, 1, 1)}
    fewshot.train("triplet", steps=26, val_every=13, progress=lambda *work: heard.append(work), **small)
    assert [step for work, step, _ in heard if work == "training"] == [13, 25, 26]
    assert {total for *_, total in heard} == {26}


@pytest.mark.parametrize(("terminal", "lines"), [(True, "20-way 1-shot"), (False, "")])
def test_a_bar_is_shown_where_it_can_be_seen(terminal, lines, monkeypatch, capsys):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    fewshot.evaluate(constant, "scripts", stage="val")
    shown = capsys.readouterr().err
    assert lines in shown
    assert bool(shown) == terminal
    fewshot.evaluate(constant, "scripts", stage="val", progress=False)
    assert not capsys.readouterr().err


def test_values_are_shown_in_a_few_lines():
    record = fewshot.RunRecord(
        fewshot.evaluate(constant, "scripts", stage="val").spec,
        {"5-way 1-shot": [0.5, 1.0], "verification": [1.0]},
        [],
        [],
    )
    assert str(record) == "5-way 1-shot 75.0 ± 317.7 (n = 2), verification 100.0 ± inf (n = 1)"
    for value in (record, letters(), tasks_of([0])):
        assert len(repr(value)) < 400
        assert value._repr_html_().startswith("<table><caption>")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fewshot.load_split("typefaces", "lake"), "protocol lake: expected data set omniglot, got typefaces"),
        (lambda: fewshot.load_split("typefaces", "scripts", "tests"), "did you mean test"),
        (lambda: fewshot.load_split("typefaces", "scripts", "val+val"), r"split: expected each once, got val\+val"),
        (lambda: fewshot.evaluate(constant, protocol="scripts", stage="dev"), "unknown stage"),
        (
            lambda: fewshot.evaluate(nn.Identity(), protocol="scripts"),
            r"expected embeddings \[8 dim\] of .*, got \[8, 1",
        ),
        (
            lambda: fewshot.evaluate(nn.Linear(3, 4), "scripts"),
            "expected embeddings .*, got RuntimeError: .* multiplied",
        ),
        (lambda: fewshot.train("tripled"), "did you mean triplet"),
        (lambda: fewshot.train("triplet", step=5), "did you mean steps"),
        (lambda: fewshot.load_split("typefaces", "scripts", size=-3), "^size: expected a number of at least 1, got -3"),
        (
            lambda: fewshot.evaluate(lambda tasks: 3, "scripts", stage="val"),
            r"^model: expected scores \[.*\] .*, got int",
        ),
        (lambda: tasks_of([1.5]), r"^numbers: expected whole numbers of tasks, .* got \[1.5\]"),
        (lambda: tasks_of([]), r"^numbers: expected whole numbers of tasks, .* got \[\]"),
        (lambda: fewshot.loss(similarty="cosine"), "^unknown keyword of @loss 'similarty': did you mean similarity"),
        (lambda: fewshot.loss(print), "^@loss needs the keyword similarity"),
    ],
)
def test_a_wrong_request_says_what_was_expected(call, message):
    with pytest.raises(RequestError, match=message):
        call()


WRONG_TYPES = {
    "train(3)": "loss: expected a name, a function (support, query, similarity) or an nn.Module class, got 3",
    "train('triplet', size=None)": "size: expected a number of pixels or a pair [height, width] of them, got None",
    "train('triplet', options={'triplet': 1})": "options of triplet: expected dict, got 1",
    "train('triplet', options={3: {}})": "part of options: expected str, got 3",
    "train('triplet', options={'triplet': {3: 1}})": "name of an option of triplet: expected str, got 3",
    "load_split('typefaces', 'scripts', data=3)": "data: expected str | pathlib.Path | None, got 3",
    "load_split('typefaces', 3)": "protocol: expected str, got 3",
    "evaluate(3)": "expected a module from images to vectors, a learner or a function from tasks to scores, got 3",
    "evaluate(dict)": "got the class dict: an object is made by dict(…)",
    "evaluate(print, 'scripts', progress='yes')": "progress: expected True, False or a function (work, done, total)",
    "sample_tasks(3, TaskShape(5, 1, 1))": "bank: expected ImageBank, got 3",
    "sample_tasks(load_split('typefaces', 'scripts', 'val'), (5, 1, 1))": "shape: expected TaskShape, got (5, 1, 1)",
    "similarity(3)": "@similarity: expected a function or a class, got 3",
    "compare(torch.ones(2, 5), torch.ones(2, 5), torch.cdist)": "[task way query dim] of the same tasks",
}


def test_values_of_wrong_types_are_refused_in_one_message():
    """In a process of its own, as the types of all arguments are checked in this one."""
    lines = ["import torch", "from fewshot import *", "from fewshot import RequestError"]
    for call in WRONG_TYPES:
        lines += ["try:", f"    {call}", "except RequestError as error:", "    print(error)"]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], capture_output=True, encoding="utf-8", check=False,
                          env=os.environ | {"PYTHONUTF8": "1"})  # fmt: skip
    assert done.returncode == 0, done.stderr
    for (call, expected), message in zip(WRONG_TYPES.items(), done.stdout.splitlines(), strict=True):
        assert expected in message, call


def test_names_that_are_not_there_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        fewshot.lode  # noqa: B018


PEOPLE = {
    "folder:people": {"split": "0.5/0.25/0.25", "resize": 12},
    "held_out": {"way": 3, "shots": [1], "query": 2, "episodes": 10, "val_episodes": 5, "pairs": 5},
}


def test_a_users_folder_goes_with_an_open_protocol(photographs):
    given = {"size": 10, "data": photographs, "options": PEOPLE}
    bank = fewshot.load_split("folder:people", "held_out", "train+val", **given)
    assert (bank.shape, len(bank.classes)) == ((3, 12, 12), 9)
    recipe = {
        "backbone": "torchvision:resnet18",
        "task": fewshot.TaskShape(3, 1, 2),
        "crop": 0.5,
        "steps": 2,
        "val_every": 2,
        "precision": "bfloat16",
    }
    whole = {"protocol": "held_out", "dataset": "folder:people", "stage": "test"}
    record, learner = fewshot.train("triplet", **whole, normalise="own", **given, **recipe)
    again = fewshot.evaluate(learner, **whole, **given)
    assert again.accuracy == record.accuracy
    assert again.digests["test"] == record.digests["test"]
    assert again.spec.size == 10
    with pytest.raises(RequestError, match="this learner cannot be evaluated on held_out: it was trained on"):
        fewshot.evaluate(learner, **whole, size=10, data=photographs, options=PEOPLE | {
            "folder:people": {"split": "0.5/0.25/0.25", "resize": 12, "split_seed": 1}})  # fmt: skip


class Sees(nn.Module):
    """Keeps the images that it meets."""

    def forward(self, images):
        self.seen = images
        return images.mean((2, 3))


def test_a_model_is_measured_on_named_pairs_alone(photographs, tmp_path):
    (tmp_path / "pairs.csv").write_text("left,right,same\np08/0,p08/1,1\np08/0,p03/0,0\np03/1,p04/0,0\n")
    options = {"pairs": {"episodes": 0, "test": str(tmp_path / "pairs.csv")}}
    options |= {"folder:people": {"split": "0.3/0.45/0.25"}}
    given = {"dataset": "folder:people", "size": 12, "data": photographs, "stage": "test", "options": options}
    record = fewshot.evaluate(torch.nn.Flatten(), "pairs", **given)
    assert (list(record.accuracy), len(record.same), len(record.different)) == (["verification"], 1, 2)


def test_a_users_own_network_can_have_normalised_images(photographs):
    given = {"dataset": "folder:people", "size": 12, "data": photographs, "options": PEOPLE, "stage": "val"}
    model = Sees()
    fewshot.evaluate(model, "held_out", **given)
    plain = model.seen
    record = fewshot.evaluate(model, "held_out", normalise="own", **given)
    learned = fewshot.load_split("folder:people", "held_out", size=12, data=photographs, options=PEOPLE).pixels / 255
    mean, deviation = learned.mean((0, 2, 3)), learned.std((0, 2, 3), correction=0)
    torch.testing.assert_close(model.seen, (plain - mean[:, None, None]) / deviation[:, None, None])
    assert record.spec.normalise == "own"
    assert record.spec.learner.name == "Sees"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dataset": None}, "protocol held_out uses a data set's own split: expected a dataset too, got none"),
        ({"options": PEOPLE | {"conv4": {}}}, "unknown part of options 'conv4': expected one of folder:people, held"),
        ({"options": PEOPLE | {"held_out": {"ways": 3}}}, "unknown option of held_out 'ways': did you mean way"),
        ({"normalise": "ours"}, "unknown normalise 'ours'"),
        ({"normalise": "own", "model": constant}, "normalise: expected a module from images to vectors, got function"),
        ({"learned_from": "p1x"}, "expected a protocol or a class of folder:people, such as .*, got 'p1x'"),
        ({"dataset": "omniglot", "options": {}}, "needs a data set with a split of its own"),
    ],
)
def test_what_cannot_be_measured_on_a_users_folder_is_refused(photographs, changes, message):
    given = {"model": Sees(), "dataset": "folder:people", "size": 12, "data": photographs, "options": PEOPLE}
    with pytest.raises(RequestError, match=message):
        fewshot.evaluate(protocol="held_out", **given | changes)


def test_what_a_model_learned_from_can_be_said_by_the_open_protocol(photographs):
    given = {"dataset": "folder:people", "size": 12, "data": photographs, "options": PEOPLE}
    assert fewshot.evaluate(Sees(), "held_out", learned_from="held_out", **given).accuracy
    with pytest.raises(RequestError, match="a model trained on held_out cannot be evaluated on held_out"):
        fewshot.evaluate(Sees(), "held_out", learned_from="held_out", stage="val", **given)


@pytest.mark.parametrize(
    ("loss", "given", "message"),
    [
        ("pml:VICRegLoss", {}, "loss pml:VICRegLoss cannot learn by cosine"),
        ("triplet", {"options": {"triplet": {"mining": "none"}}}, "unknown mining 'none'"),
        ("triplet", {"layers": {"encoder.block.0": {"learning_rate": 0.1}}}, "unknown layer 'encoder.block.0'"),
        ("triplet", {"size": 8}, "expected images of at least 16 px for 4 poolings"),
    ],
)
def test_what_cannot_learn_is_refused_before_any_image_is_read(loss, given, message, monkeypatch):
    monkeypatch.setattr("fewshot.execution.train_one.run_cell", None)
    with pytest.raises(RequestError, match=message):
        fewshot.train(loss, **given)


def test_a_loss_goes_by_what_users_write():
    with pytest.raises(RequestError, match="scale: expected a number of at least"):
        fewshot.train("baseline++", options={"baseline++": {"scale": 0.0}})
