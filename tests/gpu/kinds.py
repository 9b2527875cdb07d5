"""What a training step may be: losses, recipes, and a cell of each for made-up glyphs."""

from fewshot.cells import one_cell
from fewshot.registry import entries, full_name
from fewshot.spec import RunSpec

LOSSES = [  # ours, that is those which no library computes
    full_name(entry)
    for entry in entries("losses").values()
    if "fewshot.metric_learning" not in entry.file.read_text(encoding="utf-8")
]
RECIPES = {
    "glyphs": {"affine": 0.5, "turn": "task", "within_group": 0.5, "other_authors": True},
    "turned classes": {"turn": "class", "channels_last": True},
    "photographs": {"crop": 0.5, "flip": 0.5, "jitter": 0.4},
    "SGD": {"optimiser": "sgd"},
    "pairs": {"pairs": 24, "batch": 4, "other_authors": True},
    "pairs with copies": {"pairs": 24, "batch": 4, "copies": 2, "affine": 0.5},
}
SIDE, SIZE = 32, 28  # of the bank's images, and of those for the network
LOOK = 7  # steps until the loop looks at the loss


def spec(loss: str, *, backbone: str = "conv4", options: dict | None = None, **training) -> RunSpec:
    """A cell of tasks that the made-up bank can give."""
    task = {} if "pairs" in training else {"task": {"way": 4, "shot": 1, "query": 2}, "batch": 2}
    given = {"size": SIZE, "stage": "val", "seed": 0, "options": options or {}, "training": task | training}
    return one_cell(loss, "scripts", backbone, None, **given)
