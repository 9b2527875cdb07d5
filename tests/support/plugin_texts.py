"""The texts that the plug-ins of these tests are made of, and a good part of each kind."""

LOSS = """
import torch
from torch import nn
from fewshot import loss


@loss(similarity="euclidean")
def mine(support, query, similarity, *, margin: float = 1.0):
    {body}
"""
CLASS_LOSS = """
import torch
from torch import nn
from fewshot import loss


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
from fewshot import similarity


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
WITHOUT_DISTANCE = SIMILARITY.replace("\n    def distance(self, left, right):\n        {distance}\n", "")
BACKBONE = """
import torch
from torch import nn
from fewshot import RequestError, backbone


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
from fewshot import learner, scores_by


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
from fewshot import Episodes, Protocol, TaskShape, protocol

CLASSES = {split: tuple(f"{split}/{n}" for n in range(5)) for split in ("train", "val", "test")}
TASK = Episodes(TaskShape(5, 1, 1), 100, within_group=True)


@protocol
def mine():
    given = {"name": "mine", "dataset": "omniglot", "classes": CLASSES, "val": (TASK,), "test": (TASK,)}
    return {result}
"""
DATASET = """
from fewshot import dataset


@dataset()
def mine({parameters}):
    raise OSError("no images are read by this check")
"""
GIVEN = 'Protocol(**(given | {"pairs": 10, "seed": 1} | {change}))'
APART = "(left[..., :, None, :] - right[..., None, :, :])"
NORMED = "return self.norm(self.first(images.mean((2, 3))))"
COMPARED = "return scores_by(self.shot_rule, support, query, self.similarity)"
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
SQUARE = f"{APART}.square().sum(-1)"
OUT = "out = self.norm(self.first(images.mean((2, 3))))\n        "
SPARE = "self.spare = nn.Parameter(torch.ones(3, 3))"
