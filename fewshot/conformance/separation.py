"""Checks that a loss is smaller for separate classes than for mixed or coinciding ones, and learns from all images.

The centres of the classes are orthogonal and equally far from each other by any norm. A loss that falls as images of
one class become more alike, and as images of different classes become less so, is therefore smallest with every image
at its class's centre; with a wrong sign it is not. A loss's class vectors are put at the centres too. A loss that
leaves images out sets `selective = True`.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import gradients, sizes, weights
from fewshot.conformance.breaches import Breach
from fewshot.conformance.inputs import numbers
from fewshot.conformance.losses.values import (
    CLASSES,
    QUERY,
    SHOT,
    TASK,
    WAY,
    make_loss,
    similarity_of,
    task_classes,
    value_of,
)
from fewshot.core.checks import Size
from fewshot.core.spec.run_spec import Part
from fewshot.core.types import Similarity

NEUTRAL = "euclidean"  # replaces a similarity that is an untrained network
SHAPES = ((16,), (4, 2, 2))  # of the embeddings; the centres need a power of two
SCALES = (0.3, 1.0, 3.0)  # so that distances are below and above most margins
NOISE = 0.01  # share of an embedding's norm, in each direction
SLACK = 0.1  # share of the difference from mixed classes, far above the noise
STEPS, RATE = 50, 0.02
DRAWS = 16
REACH_SCALES = (1.0, 0.3, 3.0, 0.1)  # so that distances are below and above most margins


def check_separation(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check that separate classes have the smallest loss, by the default similarity or, if untrained, a neutral one."""
    similarity, _ = similarity_of(part, SHAPES)
    if not hasattr(similarity, "distance") and weights(similarity):
        similarity, _ = similarity_of(part, SHAPES, NEUTRAL)
    check = partial(_check, partial(make_loss, part, named.options), similarity.eval())
    how = "smaller for classes apart than mixed or in one place"
    try:
        for scale in SCALES:
            check(scale * _centres(), fit=False)
    except _Unsure:  # weights other than class vectors may separate classes only once trained
        check(_centres(), fit=True)
        return [f"{how} after {STEPS} steps of its weights"]
    return [f"{how}, at scales {', '.join(f'{scale:g}' for scale in SCALES)}"]


class _Unsure(Breach):
    """A breach that may be due to random weights, of a loss with other weights than class vectors."""


def _check(make: Callable, similarity: Similarity, centres: Tensor, *, fit: bool) -> None:
    """Check the loss with each class at its own centre against classes mixed and all classes at one centre."""
    classes = task_classes()
    places = {
        "apart": (classes, classes),
        "mixed": (classes.roll(1, 1), classes.roll(2, 1)),
        "in one place": (classes * 0, classes * 0),
    }
    state: dict[str, Tensor] = {}
    found: dict[str, float] = {}
    for where, of_both in places.items():
        loss = make(centres.shape[1])
        plain = _lay(loss, centres)
        given = [_around(centres, place, images) for place, images in zip(of_both, (SHOT, QUERY), strict=True)]
        value = partial(value_of, loss, *given, similarity, note=f"classes {where}")
        if fit:
            state = state or _fitted(loss, value)
            loss.load_state_dict(state)
        found[where] = value().item()
    apart, mixed, together = found.values()
    if apart < mixed - 1e-6 * max(1, abs(mixed)) and apart <= together + SLACK * (mixed - apart):
        return
    other = "in one place" if apart < mixed else "mixed"
    unsure = not (plain or fit) and any(True for _ in loss.parameters())
    raise (_Unsure if unsure else Breach)(
        f"a smaller loss with classes apart than {other}, for embeddings of norm {centres[0].norm():.1f}",
        f"{apart:.6g} apart and {found[other]:.6g} {other}",
    )


def _centres() -> Tensor:
    """Rows of a Hadamard matrix, of norm 1, `[class dim]`; columns are shuffled, so that maps have no pattern."""
    matrix = torch.ones(1, 1)
    while len(matrix) < SHAPES[0][0]:
        matrix = torch.kron(matrix, torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
    columns = numbers(len(matrix)).argsort()
    return matrix[1 : CLASSES + 1, columns] / len(matrix) ** 0.5


def _around(centres: Tensor, place: Tensor, images: int) -> Tensor:
    """`images` embeddings of each class of each task around its centre, with the same noise for all placements."""
    noise = NOISE * centres[0].norm() * numbers(*place.shape, images, centres.shape[1], seed=images)
    return centres[place][:, :, None] + noise


def _lay(loss: nn.Module, centres: Tensor) -> bool:
    """Put a loss's class vectors at the centres; returns whether it has no other weights of two or more axes."""
    classes, dim = centres.shape
    plain = True
    for tensor in (*loss.parameters(), *loss.buffers()):
        axes = [(a, b) for a, rows in enumerate(tensor.shape) for b, length in enumerate(tensor.shape)
                if a != b and rows % classes == 0 and length == dim]  # fmt: skip
        if axes and tensor.is_floating_point():
            vectors = tensor.detach().movedim(axes[0], (-2, -1))
            each = vectors.shape[-2] // classes
            vectors.copy_(centres.repeat_interleave(each, 0))  # several vectors of a class are consecutive
            plain = plain and each == 1
        elif tensor.ndim > 1:
            plain = False
    return plain


def _fitted(loss: nn.Module, value: Callable[[], Tensor]) -> dict[str, Tensor]:
    """The state after some steps of all weights along the sign of the gradient."""
    own = [weight for weight in loss.parameters() if weight.requires_grad]
    for _ in range(STEPS):
        found = torch.autograd.grad(value(), own, allow_unused=True)
        with torch.no_grad():
            for weight, grad in zip(own, found, strict=True):
                weight -= 0 if grad is None else RATE * grad.sign()
    return {name: tensor.clone() for name, tensor in loss.state_dict().items()}


def check_reach(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check that every image of every task has a gradient in some draw of embeddings."""
    similarity, dim = similarity_of(part)
    loss = make_loss(part, named.options, dim)
    shapes = {"supports": (TASK, WAY, SHOT, dim), "queries": (TASK, WAY, QUERY, dim)}
    reached = {name: torch.zeros(shape[:3]).bool() for name, shape in shapes.items()}
    for draw in range(DRAWS):
        scale = REACH_SCALES[draw % len(REACH_SCALES)]
        given = {
            name: (scale * numbers(*shape, seed=2 * draw + place)).requires_grad_()
            for place, (name, shape) in enumerate(shapes.items())
        }
        value = value_of(loss, *given.values(), similarity, seed=draw)
        for name, slope in gradients(value, given, sizes(**given)).items():
            if slope is not None:
                reached[name] |= slope.any(-1)
        if all(bool(one.all()) for one in reached.values()):
            return ["learns from every image of every task"]
    if any(getattr(one, "selective", False) for one in (part, loss)):
        return ["selective = True, so the gradients of single images were not checked"]
    for name, one in reached.items():
        if not (one.all() or (weights(loss) and not one.any())):
            task, way, image = (int(number) for number in (~one).nonzero()[0])
            got = f"none for the {name} of task {task}, class {way}, image {image} in {DRAWS} draws"
            hint = "a loss that leaves images out sets selective = True"
            raise Breach("a gradient for every image", f"{got}; {hint}")
    return [f"learns from all {' and '.join(name for name, one in reached.items() if one.any())} of every task"]
