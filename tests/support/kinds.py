"""What a training step may be: losses, recipes, and a cell of each for made-up glyphs."""

import torch
from torch import nn

from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import entries
from fewshot.suites.cells.build import one_cell

LOSSES = [entry.called for entry in entries("losses").values() if not entry.family]
# Those of the library that pick by a mask, or look at what they have picked.
WAITING = {"nt_xent", "supcon", "circle", "multi_similarity", "triplet_margin", "margin", "lifted_structure", "n_pairs"}
WAITING |= {"angular", "tuplet_margin", "cosface", "arcface", "subcenter_arcface", "proxy_anchor", "soft_triple"}
RECIPES = {
    "glyphs": {"affine": 0.5, "turn": "task", "within_group": 0.5, "other_authors": True},
    "turned classes": {"turn": "class", "channels_last": False},
    "photographs": {"crop": 0.5, "flip": 0.5, "jitter": 0.4},
    "SGD": {"optimiser": "sgd"},
    "pairs": {"pairs": 24, "batch": 4, "other_authors": True},
    "pairs with copies": {"pairs": 24, "batch": 4, "copies": 2, "affine": 0.5},
}
SIDE, SIZE = 32, 28  # of the bank's images, and of those for the network
LOOK = 3  # steps until the loop looks at the loss


def spec(loss: str, *, backbone: str = "conv4", options: dict | None = None, **training) -> RunSpec:
    """A cell of tasks that the made-up bank can give."""
    task = {} if "pairs" in training else {"task": {"way": 4, "shot": 1, "query": 2}, "batch": 2}
    given = {"size": SIZE, "stage": "val", "seed": 0, "options": options or {}, "training": task | training}
    return one_cell(loss, "scripts", backbone, None, **given)


def laid_out(learner: nn.Module, cell: RunSpec) -> nn.Module:
    """With its weights as the recipe has them in memory."""
    return learner.to(memory_format=torch.channels_last if cell.training.channels_last else torch.contiguous_format)
