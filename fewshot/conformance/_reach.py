"""A loss learns from all the images that it is given: from every query and every support of every task.

Mining and margins leave out most images of a draw, but of enough draws none. A loss that leaves images out wherever
they lie says `selective = True`; one with weights of its own may compare these with the queries or supports alone.
"""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from fewshot.conformance._parts import dims, gradients, numbers, weights
from fewshot.errors import RequestError
from fewshot.sources import Entry

DRAWS = 16
SCALES = (1.0, 0.3, 3.0, 0.1)  # so that distances are below and above most margins
SELECTIVE = "it says selective = True, so not every image was asked for"


def check_reach(
    entry: Entry,
    part: object,
    loss: nn.Module,
    value: Callable[[Tensor, Tensor, int], Tensor],
    support: tuple[int, ...],
    query: tuple[int, ...],
) -> str:
    """`value` of embeddings of these shapes, `[task way shot dim]` and `[task way query dim]`, and of a draw's seed."""
    shapes = f"supports {dims(support)}, queries {dims(query)}"
    reached = {"supports": torch.zeros(support[:3]).bool(), "queries": torch.zeros(query[:3]).bool()}
    for draw in range(DRAWS):
        scale = SCALES[draw % len(SCALES)]
        given = {
            name: (scale * numbers(*shape, seed=2 * draw + place)).requires_grad_()
            for place, (name, shape) in enumerate((("supports", support), ("queries", query)))
        }
        found = gradients(entry, value(*given.values(), draw), given, shapes)
        for name, slope in found.items():
            if slope is not None:
                reached[name] |= slope.any(-1)
        if all(bool(one.all()) for one in reached.values()):
            return "from every image of every task"
    if any(getattr(one, "selective", False) for one in (part, loss)):
        return SELECTIVE
    for name, one in reached.items():
        if not (one.all() or (weights(loss) and not one.any())):
            task, way, image = (int(number) for number in (~one).nonzero()[0])
            raise RequestError(
                f"{entry.label}: expected it to learn from every image, got no gradient for the {name} of task {task}, "
                f"class {way}, image {image} in {DRAWS} draws; a loss that leaves images out says selective = True"
            )
    return f"from all {' and '.join(name for name, one in reached.items() if one.any())} of every task"
