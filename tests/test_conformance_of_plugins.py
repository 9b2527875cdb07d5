"""What `fewshot check-plugin` and the start of a run refuse: one small plug-in file for each breach."""

from textwrap import dedent

import pytest
import torch
from jaxtyping import config

from fewshot.conformance import check, check_plugins
from fewshot.errors import RequestError
from fewshot.registry import add_plugin, make_part
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


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_plug_in_passes(kind, add):
    assert add(GOOD[kind]).kind == kind
    lines = check(kind, "mine")
    assert all(line.startswith("plug-in mine.py: ") for line in lines)


def test_a_good_loss_with_class_vectors_passes(add):
    add(CLASS_LOSS)
    lines = check("losses", "mine")
    assert "to the queries and all its weights; learns from all queries of every task; blind" in lines[-3]


def test_a_loss_that_draws_numbers_is_not_asked_about_the_order(add):
    add(LOSS.format(body=f"{PUSH.format(sign='-')} * torch.rand(())"))
    assert "it draws numbers" in check("losses", "mine")[-3]


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
    assert len(check("losses", "mine", options={"margin": 2.0})) == 5
    refused(text, "mine needs the option margin", options={})


def test_an_inherited_option_would_not_stand_in_a_spec_and_is_refused(refused):
    text = "class Base:\n    def __init__(self, shape, *, power: float = 1.0):\n        pass\n\n\n"
    text = (
        "from fewshot.similarities import similarity\n\n\n" + text + "@similarity\nclass mine(Base):\n    '''Mine.'''\n"
    )
    refused(text, "its source says none, the imported part power")


# A loss's promises about numbers

PROTOTYPES = """scores = similarity.score(query.flatten(1, 2), support.mean(2))
    target = torch.arange(query.shape[1]).repeat_interleave(query.shape[2]).repeat(len(query))
    return {sign}nn.functional.cross_entropy(scores.flatten(0, 1), target)"""
PUSH = """distance = similarity.distance(query.mean(2), support.mean(2))
    same = torch.eye(query.shape[1], dtype=torch.bool)
    return distance[:, same].mean() + {sign}distance[:, ~same].mean()"""
WRONG_BACKWARD = """
class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, values):
        return values.clone()

    @staticmethod
    def backward(ctx, grad):
        return 2 * grad
"""


@pytest.mark.parametrize("body", [PROTOTYPES.format(sign=""), PUSH.format(sign="-")])
def test_a_loss_that_separates_classes_passes(add, body):
    add(LOSS.format(body=body))
    lines = check("losses", "mine")
    assert "learns from every image of every task; blind" in lines[-3]
    assert "smaller for classes apart than mixed or in one place, at scales 0.3, 1, 3" in lines[-2]
    assert "gradients as differences have them in float64" in lines[-2]


@pytest.mark.parametrize(
    ("body", "other"),
    [
        (PROTOTYPES.format(sign="-"), "mixed"),
        (PUSH.format(sign=""), "in one place"),
        ("return similarity.distance(query.flatten(1, 2), support.flatten(1, 2)).mean()", "(mixed|in one place)"),
    ],
)
def test_a_loss_with_a_wrong_sign_is_refused(refused, body, other):
    refused(LOSS.format(body=body), f"expected a smaller number .* classes apart than {other}, got .* apart and")


FIRST = """support, query = {part}
    """


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            "support[:1], query[:1]",
            "no gradient for the supports of task 1, class 0, image 0 in 16 draws; .* selective",
        ),
        ("support, query[:, :, :1]", "no gradient for the queries of task 0, class 0, image 1 in"),
        ("support[:, :, -1:], query", "no gradient for the supports of task 0, class 0, image 0 in"),
        ("support.detach(), query", "no gradient for the supports of task 0, class 0, image 0 in"),
        ("support[:1], query[:1, :, :1]", "no gradient for the supports of task 1, class 0, image 0 in"),
    ],
)
def test_a_loss_that_leaves_images_out_is_refused_unless_it_says_so(add, refused, part, message):
    text = LOSS.format(body=FIRST.format(part=part) + PROTOTYPES.format(sign=""))
    refused(text, message)
    add(f"{text}\n\nmine.selective = True\nmine.smooth = False\n")
    assert "it says selective = True, so not every image was asked for" in check("losses", "mine")[-3]


def test_a_loss_with_class_vectors_may_learn_from_the_queries_alone_but_from_all(add, refused):
    add(CLASS_LOSS)
    assert "learns from all queries of every task" in check("losses", "mine")[-3]
    half = "support, query, classes = support[1:], query[1:], classes[1:]\n        scores ="
    refused(CLASS_LOSS.replace("scores =", half, 1), "no gradient for the queries of task 0, class 0, image 0 in")


@pytest.mark.parametrize("mining", ["amax", "amin"])
def test_a_loss_of_the_hardest_alone_learns_from_every_image_in_some_draw(add, mining):
    body = f"""distance = similarity.distance(query.flatten(1, 2), support.flatten(1, 2))
    distance = distance.unflatten(1, query.shape[1:3]).unflatten(-1, support.shape[1:3])
    same = torch.eye(query.shape[1], dtype=torch.bool)[:, None, :, None].expand_as(distance[0])
    own = distance.masked_fill(~same, {"-" if mining == "amax" else ""}torch.inf).{mining}((-2, -1))
    return torch.relu(own - distance.masked_fill(same, torch.inf).amin((-2, -1)) + margin).mean()"""
    add(LOSS.format(body=body))
    assert "learns from every image of every task" in check("losses", "mine")[-3]


def test_a_loss_that_jumps_with_rounding_is_refused(refused):
    body = f"{PUSH.format(sign='-')} * (1 + 0.5 * (query == query.bfloat16().float()).all())"
    refused(LOSS.format(body=body), "nearly the same number for embeddings rounded to bfloat16")


def test_a_loss_whose_class_vectors_repel_their_own_classes_is_refused(refused):
    refused(CLASS_LOSS.replace("return nn", "return -nn"), "expected a smaller number .* classes apart than mixed")


def test_a_loss_that_maps_embeddings_before_its_vectors_may_learn_first(add, refused):
    text = CLASS_LOSS.replace("self.scale, ", "self.map, self.scale, ", 1)
    text = text.replace(" = scale, nn.", " = nn.Linear(dim, dim), scale, nn.").replace("query.fl", "self.map(query).fl")
    add(text)
    assert "smaller for classes apart than mixed or in one place after 50 steps" in check("losses", "mine")[-2]
    constant = text.replace("return nn", "return (query.sum() / 1e6).tanh() ** 2 + 1e-20 * nn")
    refused(constant, "expected a smaller number .* classes apart")


def test_a_loss_with_a_wrong_gradient_is_refused_and_may_say_that_it_is_not_smooth(add, refused):
    text = LOSS.format(body=PROTOTYPES.format(sign="")).replace("query.flatten", "Twice.apply(query).flatten")
    text = text.replace("\n\n@loss", f"\n{WRONG_BACKWARD}\n\n@loss")
    refused(
        text, "expected the gradient for the queries that differences have in float64, .*, got .*; a part that detaches"
    )
    add(f"{text}\n\nmine.smooth = False\n")
    assert "it says smooth = False, so its gradients were not held against differences" in check("losses", "mine")[-2]


def test_a_loss_with_a_wrong_gradient_for_its_weights_is_refused(refused):
    text = CLASS_LOSS.replace("self.vectors[classes])", "Twice.apply(self.vectors)[classes])")
    text = text.replace("\n\n@loss", f"\n{WRONG_BACKWARD}\n\n@loss")
    refused(text, "expected the gradient for the weight vectors that differences have")


def test_a_loss_that_knows_no_float64_is_refused(refused):
    text = CLASS_LOSS.replace("query.fl", "(query @ torch.eye(query.shape[-1])).fl")
    refused(text, r"mine.py, line \d+: RuntimeError: .* in float64 as it does not say smooth = False")


@pytest.mark.parametrize(
    ("state", "step", "message"),
    [
        ("self.seen = torch.zeros(())", "self.seen = self.seen + 1", "state_dict to be all of it.*says resumable"),
        ("self.drawn = torch.rand(dim)", "query = query * (1 + self.drawn)", "state_dict to be all of it"),
    ],
)
def test_a_loss_with_a_state_that_is_not_saved_is_refused_unless_it_says_so(add, refused, state, step, message):
    text = CLASS_LOSS.replace("super().__init__()", f"super().__init__()\n        {state}")
    text = text.replace("        scores =", f"        {step}\n        scores =")
    text = text.replace("target)", "target) * (1 + getattr(self, 'seen', 0))")
    refused(text, message)
    add(text.replace("    def __init__", "    resumable = False\n\n    def __init__"))
    assert "saved and loaded by safetensors, but for what resumable = False says" in check("losses", "mine")[-1]


def test_a_state_that_is_no_tensor_is_refused(refused):
    extra = "    def get_extra_state(self):\n        return {'a': 1}\n\n"
    text = CLASS_LOSS.replace("    def forward", f"{extra}    def forward")
    refused(text, "expected a state_dict of tensors, as safetensors takes, got _extra_state, which is dict")


# A GPU, whose place the CPU takes here


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr("fewshot.conformance._gpu.gpu", lambda: torch.device("cpu"))


MOVED = """    moved = False  # at every other time, so that the two places differ

    def to(self, *where, **how):
        if where and isinstance(where[0], torch.device):
            type(self).moved = not self.moved
            with torch.no_grad():
                for weight in self.parameters() if self.moved else ():
                    weight += torch.linspace(-2, 2, weight.numel()).view_as(weight)
        return super().to(*where, **how)

    """


@pytest.mark.usefixtures("gpu")
@pytest.mark.parametrize("kind", ["losses", "similarities", "backbones", "learners"])
def test_a_part_is_the_same_on_the_gpu(kind, add, refused):
    text = CLASS_LOSS if kind == "losses" else GOOD[kind]
    add(text)
    assert check(kind, "mine")[-1].endswith("the same on the GPU within 1%")
    refused(text.replace("    def __init__", f"{MOVED}def __init__"), "on the GPU what it gives on the CPU within 0.01")


def test_without_a_gpu_the_report_says_so(add, monkeypatch):
    monkeypatch.setattr("fewshot.conformance._gpu.gpu", lambda: None)
    add(GOOD["losses"])
    assert check("losses", "mine")[-1].endswith("there is no GPU to try it on")


# Families and options that are handed on

FAMILY = GOOD["losses"].replace('"euclidean"', '"euclidean", family="how"').replace("margin: float = 1.0", "how: str")


def test_a_member_of_a_family_is_checked_by_its_full_name(add, refused):
    text = FAMILY.replace("how: str", "how: str, **more").replace("    return", "    assert how == 'mean'\n    return")
    refused(text, "loss mine: expected mine:HOW, got 'mine'")
    add(text)
    lines = check("losses", "mine:mean", options={"how": "mean", "margin": 2.0})
    assert lines[0].endswith("called by (support, query, similarity, *, how, **options)")
    assert len(lines) == 5
    with pytest.raises(RequestError, match="AssertionError"):
        check("losses", "mine:sum")


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
    assert "of 18 numbers" in check("similarities", "mine")[1]


SQUARE = f"{APART}.square().sum(-1)"
SOUND = f"return {SQUARE}"


@pytest.mark.parametrize(
    ("init", "score", "distance", "message"),
    [
        ("", SOUND, SOUND, "expected a larger score for equal embeddings than for some"),
        ("", f"return -{SQUARE}", f"{SOUND} + 1", "expected a distance of 0 between equal embeddings, got 1,"),
        ("self.drawn = torch.rand(7)", f"return -({APART}.square() @ self.drawn)", SOUND, "state_dict to be all of it"),
        ("self.spare = nn.Parameter(torch.ones(2))", f"return -{SQUARE}", SOUND, "weight spare, got none"),
        ("", f"return -{SQUARE} + left.mean()", SOUND, "expected a score of two embeddings that depends on no other"),
        ("", f"return -{SQUARE}.detach() - {APART}.abs().sum(-1)", SOUND, "gradient for the left .* differences"),
    ],
)
def test_a_similarity_that_breaks_a_promise_about_numbers_is_refused(refused, init, score, distance, message):
    refused(SIMILARITY.format(init=init or "pass", score=score, distance=distance), message)


def test_a_similarity_is_a_module(refused):
    text = (
        GOOD["similarities"].replace("class mine(nn.Module)", "class mine").replace("        super().__init__()\n", "")
    )
    refused(text, "expected an nn.Module, got mine")


def test_a_similarity_that_has_yet_to_learn_has_no_distance_and_keeps_no_order(add):
    init = "self.net = nn.Sequential(nn.Linear(7, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 1))"
    score = f"apart = {APART}\n        return self.net(apart.flatten(0, -2)).view(apart.shape[:-1])"
    add(SIMILARITY.format(init=init, score=score, distance="").replace("    def distance(self, left, right):\n", ""))
    lines = check("similarities", "mine")
    assert lines[2].startswith("plug-in mine.py: learns in 100 steps which embeddings are alike; in a batch as alone")
    assert lines[3].startswith("plug-in mine.py: gradients as differences have them in float64; saved")


WITHOUT_DISTANCE = SIMILARITY.replace("\n    def distance(self, left, right):\n        {distance}\n", "")


@pytest.mark.parametrize("score", ["left @ right.mT", "(left @ right.mT) ** 2", f"-{SQUARE}", f"(-{SQUARE}).exp()"])
def test_a_similarity_without_a_distance_or_weights_has_equal_embeddings_more_alike(add, refused, score):
    add(WITHOUT_DISTANCE.format(init="pass", score=f"return {score}"))
    assert "equal embeddings more alike than others; in a batch" in check("similarities", "mine")[2]
    text = WITHOUT_DISTANCE.format(init="pass", score=f"return -({score})")
    refused(text, "a clearly larger score for like embeddings than for unlike ones, got one .* smaller on average")


def test_a_similarity_without_a_distance_is_held_to_each_of_its_measures(refused):
    text = WITHOUT_DISTANCE.format(init="pass", score="return left @ right.mT")
    text += "\n    def logit(self, left, right):\n        return 1 - self.score(left, right)\n"
    refused(text, "a clearly larger logit for like embeddings than for unlike ones, got one .* smaller on average")


@pytest.mark.parametrize(
    ("init", "score", "message"),
    [
        ("torch.zeros(())", "-self.weight.exp() * (left @ right.mT)", "larger score for equal .* smaller one with all"),
        ("torch.ones(())", "-self.weight * (left @ right.mT)", "larger score for equal .* smaller one with all of 10"),
        ("torch.ones(7)", "-((left * self.weight) @ right.mT)", "larger score for equal .* smaller one with all of 10"),
        (
            "torch.randn(7)",
            "(left @ self.weight)[..., :, None] + (right @ self.weight)[..., None, :]",
            "a clearly larger score for like embeddings than for unlike ones after 100 steps of its weights",
        ),
        (
            "torch.randn(7, 7)",
            "((left @ self.weight).tanh() @ right.mT) / 1e6",
            None,
        ),
    ],
)
def test_a_similarity_that_learns_what_is_alike_can_learn_it(add, refused, init, score, message):
    text = WITHOUT_DISTANCE.format(init=f"self.weight = nn.Parameter({init})", score=f"return {score}")
    if message:
        refused(text, message)
    else:
        add(text)
        assert "learns in 100 steps which embeddings are alike" in check("similarities", "mine")[2]


def test_a_similarity_that_jumps_with_rounding_is_refused(refused):
    score = f"return -{SQUARE} * (1 + 0.5 * (left == left.bfloat16().float()).all())"
    refused(WITHOUT_DISTANCE.format(init="pass", score=score), "rounded to bfloat16 nearly the same score, within 0.1")


# Backbones


@pytest.mark.parametrize(
    ("init", "forward", "message"),
    [
        ("self.shape = 6", NORMED, r"expected a shape \(dim,\) or \(channel, height, width\) .*got 6"),
        (
            "self.shape = (5,)",
            NORMED,
            r"flat, a float tensor \[4 5\], given images \[4 1 28 28\], in training, got .* \[4 6\]",
        ),
        ("", NORMED + " / 0", "not finite"),
        ("self.spare = nn.Linear(2, 2)", NORMED, "gradient for the weight spare.weight, got none"),
        (
            "self.spare = nn.Linear(2, 2)",
            NORMED + " + 0 * self.spare.weight.sum() + 0 * self.spare.bias.sum()",
            "gradient for the weight spare.weight, got none",
        ),
        ("", "return self.norm(self.first(images.mean((2, 3)))) + images.mean()", "alone to give what it gives in a"),
        ("self.drawn = torch.rand(6)", NORMED + " + self.drawn", "its state_dict to be all of it"),
        ("", "raise KeyError('a')", r"mine.py, line 18: KeyError: 'a' \(given images \[4 1 28 28\], in training\)"),
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


OUT = "out = self.norm(self.first(images.mean((2, 3))))\n        "


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (
            f"{OUT}return 2 * out.detach() - out",
            "expected the gradient for the (images|weights together) that differences have, .* says smooth = False",
        ),
        (
            f"{OUT}return out + out.detach()",
            "expected the gradient for the images that differences have, .* in float64",
        ),
        (
            f"{OUT}return out + 2 * self.norm.bias.detach() - 2 * self.norm.bias",
            "expected the gradient for the weights together that differences have, .* in float64",
        ),
        (
            "out = self.norm(self.first(images.mean((2, 3)).detach()))\n        return out",
            "expected the gradient for the images that differences have",
        ),
        (
            "images = images * 0 + 0.5\n        " + NORMED,
            "expected other embeddings of unlike images, in training, got the same but for 0 of their norm",
        ),
        (
            "images = images if self.training else images * 0 + 0.5\n        " + NORMED,
            "expected other embeddings of unlike images, in eval mode, in float64 .*, got the same but for 0 of",
        ),
    ],
)
def test_a_backbone_of_wrong_gradients_or_blind_to_its_images_is_refused(refused, forward, message):
    refused(BACKBONE.format(init="", forward=forward), message)


def test_a_backbone_may_say_that_it_is_not_smooth(add):
    text = BACKBONE.format(init="", forward=f"{OUT}return out + out.round().detach()")
    add(text.replace("    def __init__", "    smooth = False\n\n    def __init__"))
    assert "unlike images are embedded apart; it says smooth = False" in check("backbones", "mine")[2]


@pytest.mark.parametrize("init", ["self.requires_grad_(False)", "del self.first, self.norm"])
def test_a_backbone_may_have_nothing_to_learn(add, init):
    forward = "return images.flatten(2).mean(1)[:, 100:700:100]"
    add(BACKBONE.format(init=init, forward=NORMED if "grad" in init else forward))
    assert "unlike images are embedded apart" in check("backbones", "mine")[2]


def test_a_backbone_with_kinks_random_units_and_a_count_of_its_passes_is_smooth(add):
    init = "self.drop, self.passes = nn.Dropout(0.3), 0"
    forward = f"self.passes += self.training\n        {OUT}return self.drop(out.relu()) * (1 + 0.1 * self.passes)"
    text = BACKBONE.format(init=init, forward=forward)
    add(text.replace("* (1 + 0.1 * self.passes)", "* (1 + 0.1 * self.passes if self.training else 1)"))
    assert "gradients as differences have them in float64" in check("backbones", "mine")[2]


CONVOLVES = "self.conv = nn.Conv2d(shape[0], dim, 3)"


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        ("return self.conv(images).view(len(images), -1)[:, :6] * {norm}", "RuntimeError: view size .*channels last"),
        (
            "last = self.conv(images).is_contiguous()\n        return {norm} * (1 if last else 2)",
            "with channels last what it gives without within 0.001",
        ),
        (
            "each = torch.arange(len(images))\n        return torch.zeros(len(images), 6).index_add(0, each, {norm})",
            r"RuntimeError: .*index_add.* \(given images \[4 1 28 28\], under autocast to bfloat16\)",
        ),
    ],
)
def test_a_backbone_that_knows_float32_alone_is_refused(refused, forward, message):
    norm = "self.norm(self.first(images.mean((2, 3))) + self.conv(images).mean((2, 3)))"
    refused(BACKBONE.format(init=CONVOLVES, forward=forward.format(norm=norm)), message)


def test_a_backbone_that_is_not_finite_in_bfloat16_is_refused(refused):
    forward = f"{NORMED} / (self.first(images.mean((2, 3))).dtype == torch.float32)"
    refused(BACKBONE.format(init="", forward=forward), "bfloat16, got .* not finite")


def test_a_backbone_that_rounds_too_much_in_bfloat16_is_refused(refused):
    forward = f"{NORMED} * (1.2 if torch.is_autocast_enabled('cpu') else 1)"
    refused(BACKBONE.format(init="", forward=forward), "under autocast to bfloat16 what it gives in float32 within 0.1")


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


SPARE = "self.spare = nn.Parameter(torch.ones(3, 3))"
NEGATED = f"{LEARNS.replace('return ', 'return -')}", f"{COMPARED.replace('return ', 'return -')}"


@pytest.mark.parametrize(
    ("objective", "scores", "message"),
    [
        (*NEGATED, "a smaller objective for classes apart than for mixed ones with some fresh weights"),
        (
            LEARNS,
            NEGATED[1],
            "most queries of clearly different classes .* own after 16 steps by its objective, got 0%",
        ),
        (NEGATED[0], COMPARED, "(most queries of clear|a smaller objective for classes apart than for mixed)"),
        (
            f"value = {LEARNS.removeprefix('return ')}\n        return 2 * value.detach() - value",
            COMPARED,
            "most queries of clearly different classes .* after 16 steps|gradient for the weights",
        ),
        (
            f"value = {LEARNS.removeprefix('return ')}\n        return 0.5 * value + 0.5 * value.detach()",
            COMPARED,
            "expected the gradient for the (images|weights together) that differences have, .* says smooth = False",
        ),
    ],
)
def test_a_learner_that_learns_or_scores_with_a_wrong_sign_is_refused(refused, objective, scores, message):
    refused(LEARNER.format(objective=objective, scores=scores), message)


def test_a_learner_with_a_weight_that_does_not_learn_is_refused_unless_it_is_not_to(add, refused):
    text = GOOD["learners"].replace("        self.encoder,", f"        {SPARE}\n        self.encoder,", 1)
    refused(text, "a gradient for the weight spare, got none: .* what is not to learn has requires_grad")
    add(text.replace("ones(3, 3)", "ones(3, 3), requires_grad=False"))
    assert "with finite gradients for every weight" in check("learners", "mine")[2]


def test_a_weight_that_a_module_multiplies_by_nothing_does_not_learn(refused):
    learner = GOOD["learners"].replace("        self.encoder,", f"        {SPARE}\n        self.encoder,", 1)
    loss = CLASS_LOSS.replace("super().__init__()", f"super().__init__()\n        {SPARE}")
    for text, call in ((learner, "loss("), (loss, "nn.functional")):
        none = text.replace(f"return {call}", f"return 0 * self.spare.sum() + {call}")
        refused(none, "gradient for the weight spare, got none")


def test_a_branch_whose_gain_starts_at_zero_learns(add):
    init = "self.branch, self.gain = nn.Linear(6, 6), nn.Parameter(torch.zeros(6))"
    add(BACKBONE.format(init=init, forward=f"{OUT}return out + self.gain * self.branch(out)"))
    assert "a finite gradient for every weight" in check("backbones", "mine")[1]


def test_a_learner_may_say_that_it_is_not_smooth(add):
    objective = f"value = {LEARNS.removeprefix('return ')}\n        return 0.5 * value + 0.5 * value.detach()"
    add(LEARNER.format(objective=objective, scores=COMPARED).replace("    trans", "    smooth = False\n    trans"))
    assert "it says smooth = False, so its gradients were not held against differences" in check("learners", "mine")[3]


def test_a_learner_with_a_network_of_its_own_may_learn_first(add):
    text = GOOD["learners"].replace(
        "        self.encoder,", "        self.map = nn.Linear(64, 8)\n        self.encoder,"
    )
    embeds = "self.encoder(images.flatten(0, 2))"
    add(text.replace(embeds, f"self.map({embeds})"))
    assert "clear classes are told apart" in check("learners", "mine")[3]


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
    centred = "support, query = (one - one.mean((1, 2), keepdim=True) for one in (support, query))"
    text = LEARNER.format(objective=LEARNS, scores=f"{centred}\n        {COMPARED}")
    add(text.replace("transductive = False", "transductive = True"))
    assert "transductive" in check("learners", "mine")[1]


ORDERED = "from_first = torch.linspace(1, 2, support.shape[1])\n        "
COUNTED = "self.seen = getattr(self, 'seen', 0) + 1\n        "


@pytest.mark.parametrize(
    ("objective", "scores", "message"),
    [
        (
            LEARNS,
            f"{ORDERED}{COMPARED} * from_first",
            "the same scores for classes in another order, in that order, got",
        ),
        (
            f"{COUNTED}{LEARNS}",
            f"{COMPARED} * (1 + getattr(self, 'seen', 0))",
            "state_dict to be all of it, the same after loading",
        ),
        (
            f"{LEARNS} * (2 if torch.is_autocast_enabled('cpu') else 1)",
            COMPARED,
            "in bfloat16 .* within 0.1 of its norm",
        ),
        (
            "first = self.encoder(tasks.query.flatten(0, 2))[0, :1]\n        "
            f"{LEARNS} + torch.zeros(1).index_add(0, torch.tensor([0]), first)[0]",
            COMPARED,
            r"RuntimeError: .*index_add.* in bfloat16 and with channels last\)",
        ),
    ],
)
def test_a_learner_that_breaks_a_promise_about_numbers_is_refused(refused, objective, scores, message):
    refused(LEARNER.format(objective=objective, scores=scores), message)


FREE = """
import torch
from fewshot.learners import learner
from fewshot.shots import scores_by


@learner(default_similarity="cosine")
class mine:
    transductive = False

    def __init__(self, similarity, shot_rule="mean_score"):
        self.similarity, self.shot_rule = similarity, shot_rule

    def scores(self, tasks):
        return {sign}scores_by(self.shot_rule, tasks.support.flatten(3), tasks.query.flatten(3), self.similarity)
"""


def test_a_learner_without_training_tells_clear_classes_apart(add, refused):
    add(FREE.format(sign=""))
    assert "classes that are clearly apart are told apart: 100% of queries right" in check("learners", "mine")[2]
    refused(FREE.format(sign="-"), "most queries of clearly different classes to score highest .*, got 0%")


def test_a_learner_with_an_objective_of_its_own_is_checked_with_it(add):
    text = LEARNER.format(
        objective=f"{COMPARED.replace('return', 'scores =')}\n        return -scores.mean()", scores=COMPARED
    )
    text = text.replace(
        "scores = class_scores(support, query",
        "scores = class_scores(self._embed(tasks.support), self._embed(tasks.query)",
    )
    add(text.replace("trained=True", "trained=True, own_objective=True"))
    assert "its objective is one finite number with finite gradients" in check("learners", "mine")[2]


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
            '{"classes": CLASSES | {"test": tuple(f"{n}/1" for n in "abcdef")}}',
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


def test_a_protocol_may_leave_its_classes_to_the_data_set(add):
    open_one = PROTOCOL.replace("{result}", GIVEN.replace("{change}", '{"dataset": "", "classes": {}}'))
    add(open_one.replace("def mine()", "def mine(*, pears: int = 3)"))
    assert check("protocols", "mine")[-1] == "plug-in mine.py: of a data set's own split; 5-way 1-shot"


@pytest.mark.parametrize("change", ['{"dataset": ""}', '{"dataset": "", "classes": {}, "authors": {"test": ("a",)}}'])
def test_classes_without_a_data_set_are_refused(refused, change):
    refused(PROTOCOL.replace("{result}", GIVEN.replace("{change}", change)), "a data set beside its classes or authors")


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
    assert len(check_plugins(specs)) == 2 * 5
    add(LOSS.format(body="return query.sum(-1)"))
    with pytest.raises(RequestError, match="expected one number"):
        check_plugins(specs)
