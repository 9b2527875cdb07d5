"""What `fewshot check-plugin` and the start of a run refuse: one small plug-in file for each breach."""

from textwrap import dedent

import pytest
from jaxtyping import config

from fewshot.conformance import check, check_plugins
from fewshot.errors import RequestError
from fewshot.registry import KINDS, add_plugin, entries, make_part
from fewshot.spec import Part, RunSpec

LOSS = """
import torch
from torch import nn
from fewshot.losses import loss


@loss(similarity="euclidean")
def mine(support, query, similarity, *, margin: float = 1.0):
    {body}
"""
CLASS_LOSS = """
import torch
from torch import nn
from fewshot.losses import loss


@loss(similarity="cosine", needs="score")
class mine(nn.Module):
    def __init__(self, dim, classes, *, scale: float = 2.0):
        super().__init__()
        self.scale, self.vectors = scale, nn.Parameter(torch.randn(classes, dim))

    def forward(self, support, query, similarity, classes):
        scores = self.scale * similarity.score(query.flatten(1, 2), self.vectors[classes])
        target = torch.arange(query.shape[1]).repeat_interleave(query.shape[2]).repeat(len(query))
        return nn.functional.cross_entropy(scores.flatten(0, 1), target)
"""
SIMILARITY = """
import torch
from torch import nn
from fewshot.similarities import similarity


@similarity
class mine(nn.Module):
    def __init__(self, shape, *, power: float = 1.0):
        super().__init__()
        {init}

    def score(self, left, right):
        {score}

    def distance(self, left, right):
        {distance}
"""
BACKBONE = """
import torch
from torch import nn
from fewshot.backbones import backbone
from fewshot.errors import RequestError


@backbone
class mine(nn.Module):
    def __init__(self, shape, *, dim: int = 6):
        super().__init__()
        self.shape, self.image = (dim,), shape
        self.first, self.norm = nn.Linear(shape[0], dim), nn.BatchNorm1d(dim)
        {init}

    def forward(self, images):
        {forward}
"""
LEARNER = """
import torch
from torch import nn
from fewshot.compare import class_scores
from fewshot.learners import learner


@learner(trained=True)
class mine(nn.Module):
    transductive = False

    def __init__(self, encoder, similarity, shot_rule="mean_score", *, scale: float = 1.0):
        super().__init__()
        self.encoder, self.similarity, self.shot_rule, self.scale = encoder, similarity, shot_rule, scale

    def _embed(self, images):
        return self.encoder(images.flatten(0, 2)).unflatten(0, images.shape[:3])

    def objective(self, tasks, loss):
        {objective}

    def scores(self, tasks):
        support, query = self._embed(tasks.support), self._embed(tasks.query)
        {scores}
"""
PROTOCOL = """
from fewshot.protocols import Episodes, Protocol, protocol
from fewshot.spec import TaskShape

CLASSES = {split: tuple(f"{split}/{n}" for n in range(5)) for split in ("train", "val", "test")}
TASK = Episodes(TaskShape(5, 1, 1), 100, within_group=True)


@protocol
def mine():
    given = {"name": "mine", "dataset": "omniglot", "classes": CLASSES, "val": (TASK,), "test": (TASK,)}
    return {result}
"""
DATASET = """
from fewshot.datasets import dataset


@dataset()
def mine({parameters}):
    raise OSError("no images are read by this check")
"""
GIVEN = 'Protocol(**(given | {"pairs": 10, "seed": 1} | {change}))'
APART = "(left[..., :, None, :] - right[..., None, :, :])"
NORMED = "return self.norm(self.first(images.mean((2, 3))))"
COMPARED = "return class_scores(support, query, self.similarity.score, self.shot_rule)"
LEARNS = "return loss(self._embed(tasks.support), self._embed(tasks.query), self.similarity, tasks.classes)"
EMBEDS = """def embed(self, images):
        return self.encoder(images)

    def compare(self, support, query):
        return query @ query.mT

    """
GOOD = {
    "losses": LOSS.format(body="return similarity.distance(query.mean(2), support.mean(2)).diagonal(0, 1, 2).mean()"),
    "similarities": SIMILARITY.format(
        init="self.weight = nn.Parameter(torch.ones(7))",
        score="return (left * self.weight) @ right.mT",
        distance=f"return {APART}.square().sum(-1)",
    ),
    "backbones": BACKBONE.format(init="", forward=NORMED),
    "learners": LEARNER.format(objective=LEARNS, scores=COMPARED),
    "protocols": PROTOCOL.replace("{result}", GIVEN.replace("{change}", "{}")),
    "datasets": DATASET.format(parameters="classes, size, folders, *, ink: float = 1.0"),
}


@pytest.fixture(autouse=True)
def _as_installed(monkeypatch):
    """Without the tests' own checks of shapes, and with no plug-in left over."""
    monkeypatch.setattr(config, "jaxtyping_disable", True)
    monkeypatch.setattr("fewshot.registry._plugins", {})


@pytest.fixture
def add(tmp_path):
    """Makes a plug-in `mine` of this text known and returns its entry."""

    def add(text: str):
        file = tmp_path / "mine.py"
        file.write_text('"""A part of mine."""\n' + dedent(text), encoding="utf-8")
        return add_plugin(file)

    return add


@pytest.fixture
def refused(add):
    """Checks that a plug-in of this text is refused with this reason."""

    def refused(text: str, message: str, **given):
        entry = add(text)
        with pytest.raises(RequestError, match=message):
            check(entry.kind, entry.name, **given)

    return refused


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS.values() for name in entries(kind)])
def test_every_part_of_the_package_passes(kind, name):
    lines = check(kind, name)
    one = next(one for one, many in KINDS.items() if many == kind)
    assert lines
    assert all(line.startswith(f"{one} {name}: ") for line in lines)


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_plug_in_passes(kind, add):
    assert add(GOOD[kind]).kind == kind
    lines = check(kind, "mine")
    assert all(line.startswith("plug-in mine.py: ") for line in lines)


def test_a_good_loss_with_class_vectors_passes(add):
    add(CLASS_LOSS)
    lines = check("losses", "mine")
    assert "to the queries and all its weights; blind to the order of classes" in lines[-1]


def test_a_loss_that_draws_numbers_is_not_asked_about_the_order(add):
    add(LOSS.format(body="return similarity.distance(query[:, 0], support[:, 0]).mean() * torch.rand(())"))
    assert "it draws numbers" in check("losses", "mine")[-1]


# Losses

MEAN = "similarity.distance(query[:, 0], support[:, 0]).mean()"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return query.sum(-1)", r"mine.py: expected one number, a float tensor \[\], .*got float32 \[2 5 4\]"),
        (f"return {MEAN}.item()", r"expected one number, a float tensor \[\], .*, got float"),
        ("return query.sum().long()", r"expected one number, a float tensor \[\], .*got int64 \[\]"),
        ("return query.sum() / 0", "got 1 of 1 numbers that are not finite"),
        (f"return {MEAN}.detach()", "expected a gradient, got none"),
        ("return (0 * query).sum()", "expected a gradient for the supports or the queries, got none but zeros"),
        ("return (0 * query).sum().sqrt()", "expected a finite gradient for the queries, .* not finite"),
        (f"return {MEAN}", r"the same number for classes in another order, [\d.]+, got [\d.]+"),
        (
            "more = 1\n    raise ValueError('no', 'pairs')",
            r"mine.py, line 11: ValueError: .*no.* \(given supports \[2 5 3 7\], queries \[2 5 4 7\]\)",
        ),
        ("return similarity.distance(query, support.mT).mean()", r"mine.py, line 10: RuntimeError: .*\(given supports"),
    ],
)
def test_a_loss_that_breaks_its_promise_is_refused(refused, body, message):
    refused(LOSS.format(body=body), message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("similarity, *,", "similarity,", r"expected \(support, query, similarity, \*, options\), .*margin=1.0\)"),
        ("support, query, similarity,", "support, query,", r"expected \(support, query, similarity, .*got \(support"),
        ("similarity, *,", "similarity, *more,", r"expected \(support.*got \(.*\*more"),
        (": float = 1.0)", ": float = 1.0, **more)", r"expected \(support.*got \(.*\*\*more"),
        ('"euclidean"', '"euclidian"', "unknown similarity 'euclidian': did you mean euclidean"),
        ('"euclidean"', '"euclidean", needs="angle"', "unknown need of plug-in mine.py 'angle'.*distance, logit"),
        ("from fewshot.losses import loss", "def loss(**_):\n    return lambda part: part", "marked by the decorator"),
    ],
)  # fmt: skip
def test_a_loss_of_a_wrong_signature_or_mark_is_refused(refused, old, new, message):
    refused(GOOD["losses"].replace(old, new), message)


def test_a_loss_whose_default_similarity_lacks_what_it_needs_is_refused(add, refused, tmp_path):
    bare = GOOD["similarities"].replace("def distance", "def other").replace("class mine", "class bare")
    (tmp_path / "bare.py").write_text(bare, encoding="utf-8")
    add_plugin(tmp_path / "bare.py")
    text = GOOD["losses"].replace('"euclidean"', '"bare"')
    refused(text, "expected a similarity with 'distance', which it needs; its default bare lacks it")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("classes, dim))", "classes, dim))\n        self.spare = nn.Parameter(torch.ones(2))", "weight spare, got"),
        ("(nn.Module)", "", "expected a function or an nn.Module class, got the class mine"),
        ("self, dim, classes, *", "self, dim, *", r"expected \(dim, classes, \*, options\)"),
        ("similarity, classes):", "similarity):", "TypeError: .*positional"),
    ],
)  # fmt: skip
def test_a_loss_with_weights_that_breaks_its_promise_is_refused(refused, old, new, message):
    refused(CLASS_LOSS.replace(old, new), message)


def test_an_option_without_a_default_is_reported_and_checked_when_it_is_given(add, refused):
    text = GOOD["losses"].replace("float = 1.0", "float")
    add(text)
    assert check("losses", "mine")[-1].startswith("plug-in mine.py: needs a value for the option margin")
    assert len(check("losses", "mine", options={"margin": 2.0})) == 3
    refused(text, "mine needs the option margin", options={})


def test_an_inherited_option_would_not_stand_in_a_spec_and_is_refused(refused):
    text = "class Base:\n    def __init__(self, shape, *, power: float = 1.0):\n        pass\n\n\n"
    text = (
        "from fewshot.similarities import similarity\n\n\n" + text + "@similarity\nclass mine(Base):\n    '''Mine.'''\n"
    )
    refused(text, "its source says none, the imported part power")


# Similarities


@pytest.mark.parametrize(
    ("init", "score", "distance", "message"),
    [
        ("", "return left.sum(-1)", "return 0", r"expected a score, a float tensor \[3 4\], .*got float32 \[3\]"),
        ("", f"return -{APART}.norm(dim=-1)", f"return {APART}.sum(-1)", "expected a distance of at least 0.*got -"),
        ("", f"return -{APART}.square().sum(-1).sqrt()", "return 0", "finite gradient for the left .*equal, got"),
        ("", "return (left / left.norm(dim=-1, keepdim=True)) @ right.mT", "return 0", "all zero, got .*not finite"),
        ("self.size = 1 / 0", "return 0", "return 0", r"mine.py, line 12: ZeroDivisionError"),
    ],
)
def test_a_similarity_that_breaks_its_promise_is_refused(refused, init, score, distance, message):
    refused(SIMILARITY.format(init=init or "pass", score=score, distance=distance), message)


def test_a_similarity_needs_a_score_and_is_a_class(refused, add):
    refused(GOOD["similarities"].replace("def score", "def likeness"), "expected a method score, got distance")
    function = "from fewshot.similarities import similarity\n\n\n@similarity\ndef mine(shape):\n    return None\n"
    refused(function, "expected a class")


def test_a_similarity_of_maps_is_tried_with_maps(add):
    text = GOOD["similarities"].replace("torch.ones(7)", "torch.ones(18)")
    add(text.replace("super().__init__()", "super().__init__()\n        channel, height, width = shape"))
    assert "of 18 numbers" in check("similarities", "mine")[-1]


# Backbones


@pytest.mark.parametrize(
    ("init", "forward", "message"),
    [
        ("self.shape = 6", NORMED, r"expected a shape \(dim,\) or \(channel, height, width\) .*got 6"),
        ("self.shape = (5,)", NORMED, r"flat, a float tensor \[4 5\], given images \[4 1 28 28\], got float32 \[4 6\]"),
        ("", NORMED + " / 0", "not finite"),
        ("self.spare = nn.Linear(2, 2)", NORMED, "gradient for the weight spare.weight, got none"),
        ("", "return self.norm(self.first(images.mean((2, 3)))) + images.mean()", "alone to give what it gives in a"),
        ("self.drawn = torch.rand(6)", NORMED + " + self.drawn", "its state_dict to be all of it"),
        ("", "raise KeyError('a')", r"mine.py, line 18: KeyError: 'a' \(given images \[4 1 28 28\]\)"),
        ("raise RequestError('mine: too small')", NORMED, "^mine: too small$"),
    ],
)
def test_a_backbone_that_breaks_its_promise_is_refused(refused, init, forward, message):
    refused(BACKBONE.format(init=init, forward=forward), message)


def test_a_backbone_is_a_module(refused):
    function = "from fewshot.backbones import backbone\n\n\n@backbone\ndef mine(shape):\n    return abs\n"
    refused(function, "expected an nn.Module, got builtin_function")


def test_a_backbone_that_refuses_grey_images_is_tried_with_colour(add):
    refusal = "if shape[0] == 1:\n            raise RequestError('mine: colour only')"
    add(BACKBONE.format(init=refusal, forward=NORMED))
    lines = check("backbones", "mine", size=32)
    assert "images [1 32 32] are refused (mine: colour only), so it was tried with [3 32 32]" in lines[1]
    assert "[4 3 32 32]" in lines[2]


# Learners


@pytest.mark.parametrize(
    ("objective", "scores", "message"),
    [
        (LEARNS, "return query.sum(-1)", r"expected scores, a float tensor \[2 5 4 5\], .*got float32 \[2 5 4\]"),
        (LEARNS, f"{COMPARED} / 0", "not finite"),
        (
            LEARNS,
            f"query = query - query.mean(2, keepdim=True)\n        {COMPARED}",
            "scores of a query that depend on",
        ),
        (LEARNS, "return self.absent", "mine.py, line 25: AttributeError: .*absent"),
        (f"{LEARNS}.item()", COMPARED, r"expected an objective, a float tensor \[\], .*got float"),
        (f"{LEARNS}.detach()", COMPARED, "expected a gradient, got none"),
        (f"{LEARNS} * 0", COMPARED, "a gradient for its weights, got none but zeros"),
    ],
)
def test_a_learner_that_breaks_its_promise_is_refused(refused, objective, scores, message):
    refused(LEARNER.format(objective=objective, scores=scores), message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("transductive", "inductive", r"expected a learner with scores and transductive, .*\['transductive'\]"),
        ("def objective", "def loss", "expected an nn.Module with an objective, as it is trained, got mine"),
        ("similarity, shot_rule=", "similarity, rule, shot_rule=", r"expected \(encoder, similarity, shot_rule, \*, "),
        ("def scores", f"{EMBEDS}def scores", r"expected compare\(embed, embed\) to give what scores gives"),
    ],
)  # fmt: skip
def test_a_learner_that_is_not_one_is_refused(refused, old, new, message):
    refused(GOOD["learners"].replace(old, new), message)


def test_a_learner_that_says_it_is_transductive_may_be(add):
    text = LEARNER.format(objective=LEARNS, scores=f"query = query - query.mean(2, keepdim=True)\n        {COMPARED}")
    add(text.replace("transductive = False", "transductive = True"))
    assert "transductive" in check("learners", "mine")[1]


# Protocols and data sets


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('{"name": "other"}', "expected the name 'mine', got 'other'"),
        ('{"dataset": "omniglott"}', "unknown dataset 'omniglott': did you mean omniglot"),
        ('{"classes": CLASSES | {"val": ()}}', "expected classes for val, each once, got 0"),
        ('{"classes": CLASSES | {"val": CLASSES["test"]}}', "protocol mine: val and test share 5 classes"),
        ('{"val": ()}', "expected at least one kind of task on val, got none"),
        ('{"test": (TaskShape(5, 1, 1),)}', "expected Episodes on test, got TaskShape"),
        ('{"test": (Episodes(TaskShape(6, 1, 1), 9),)}', "expected at least 6 classes in test, got 5"),
        (
            '{"classes": CLASSES | {"test": tuple("abcdef")}}',
            "expected a group with 5 classes in test, got at most 1, in a",
        ),
        (
            '{"test": (Episodes(TaskShape(5, 1, 1), 9, trials="officials"),)}',
            "unknown trials .*'officials': did you mean",
        ),
        ('{"authors": {"tset": ("a",)}}', "unknown split with authors of plug-in mine.py 'tset': did you mean test"),
        ('{"pair_authors": {"train": ("a",)}}', "unknown split with authors .*'train': expected one of test, val"),
        ('{"authors": {"test": "ab"}}', "expected a tuple of authors' names for test, got 'ab'"),
        ('{"authors": {"test": ()}}', r"expected a tuple of authors' names for test, got \(\)"),
        ('{"pair_authors": {"val": (1,)}}', r"expected a tuple of authors' names for val, got \(1,\)"),
        (
            '{"authors": {"val": ("a", "b")}, "pair_authors": {"val": ("b", "c")}}',
            "pairs of val by its authors, got 'c'",
        ),
        ('{"pears": 1}', "mine.py, line 13: TypeError: .*pears"),
    ],
)
def test_a_protocol_that_breaks_its_promise_is_refused(refused, change, message):
    refused(PROTOCOL.replace("{result}", GIVEN.replace("{change}", change)), message)


def test_a_protocol_may_leave_out_authors(add):
    change = '{"authors": {"train": ("a",), "test": ("b", "c")}, "pair_authors": {"test": ("c",), "val": ("a",)}}'
    add(PROTOCOL.replace("{result}", GIVEN.replace("{change}", change)))
    assert "disjoint splits" in check("protocols", "mine")[-1]


def test_a_protocol_is_a_protocol(refused):
    refused(PROTOCOL.replace("{result}", "given"), "expected a Protocol, got dict")


@pytest.mark.parametrize("parameters", ["classes, size", "classes, size, folders, ink=1.0", "*given"])
def test_a_data_set_of_a_wrong_signature_is_refused(refused, parameters):
    refused(DATASET.format(parameters=parameters), r"expected \(classes, size, folders, \*, options\), .*got \(")


# Specs


def test_the_plug_ins_of_specs_are_checked_once_with_their_options(add):
    add(GOOD["losses"].replace("float = 1.0", "float"))
    common = {"dataset": Part("omniglot"), "protocol": Part("lake"), "stage": "test", "size": 28, "learner": Part("x")}
    specs = [
        RunSpec(**common, loss=make_part("losses", "mine", {"margin": margin}), seed=seed)
        for margin in (1.0, 2.0)
        for seed in (0, 1)
    ]
    assert len(check_plugins(specs)) == 2 * 3
    add(LOSS.format(body="return query.sum(-1)"))
    with pytest.raises(RequestError, match="expected one number"):
        check_plugins(specs)
