"""A loss that is smaller where classes are apart than where they are mixed or in one place, and learns from all images.

The centres of the classes are equally far from each other by any norm, and at right angles. So whatever falls when two
images of one class become more alike, and when two of different classes become less so, is smallest with every image at
the centre of its own class: no such loss can break this by accident, and one with a wrong sign does. Vectors of classes
that a loss learns are laid at the centres as well. A loss that leaves images out says `selective = True`.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from fewshot.conformance.assertions import gradients, sizes, weights
from fewshot.conformance.breaches import Breach
from fewshot.conformance.inputs import numbers
from fewshot.conformance.losses import CLASSES, QUERY, SHOT, TASK, WAY, make_loss, similarity_of, task_classes, value_of
from fewshot.core.spec import Part
from fewshot.core.types import Similarity

NEUTRAL = "euclidean"  # measures where a similarity is a network that has not learned yet
SHAPES = ((16,), (4, 2, 2))  # of the embeddings; 16 is a power of two, as the centres need
SCALES = (0.3, 1.0, 3.0)  # so that distances are below and above most margins
NOISE = 0.01  # of an embedding's norm, in each direction
SLACK = 0.1  # of the difference from mixed classes, which the noise stays far below
STEPS, RATE = 50, 0.02
DRAWS = 16
REACH_SCALES = (1.0, 0.3, 3.0, 0.1)  # so that distances are below and above most margins


def check_separation(part: Callable, named: Part, size: int | None) -> list[str]:
    """By its default similarity or, where that has yet to learn what is alike, by a neutral one."""
    similarity, _ = similarity_of(part, SHAPES)
    if not hasattr(similarity, "distance") and weights(similarity):
        similarity, _ = similarity_of(part, SHAPES, NEUTRAL)
    check = partial(_check, partial(make_loss, part, named.options), similarity.eval())
    how = "smaller for classes apart than mixed or in one place"
    try:
        for scale in SCALES:
            check(scale * _centres(), fit=False)
    except _Unsure:  # its weights are more than vectors of classes, and only learned ones tell classes apart
        check(_centres(), fit=True)
        return [f"{how} after {STEPS} steps of its weights"]
    return [f"{how}, at scales {', '.join(f'{scale:g}' for scale in SCALES)}"]


class _Unsure(Breach):
    """A breach by a loss with weights that are no class vectors, which may be due to these being random."""


def _check(make: Callable, similarity: Similarity, centres: Tensor, *, fit: bool) -> None:
    """The labels' own centres, those of the next class but one and two in the task, and one centre for all."""
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
        f"a smaller number for embeddings of norm {centres[0].norm():.1f} with classes apart than {other}",
        f"{apart:.6g} apart and {found[other]:.6g} {other}",
    )


def _centres() -> Tensor:
    """Rows of a Hadamard matrix of norm 1 `[class dim]`, its columns in a random order so that maps have all of it."""
    matrix = torch.ones(1, 1)
    while len(matrix) < SHAPES[0][0]:
        matrix = torch.kron(matrix, torch.tensor([[1.0, 1.0], [1.0, -1.0]]))
    columns = numbers(len(matrix)).argsort()
    return matrix[1 : CLASSES + 1, columns] / len(matrix) ** 0.5


def _around(centres: Tensor, place: Tensor, images: int) -> Tensor:
    """So many embeddings of each class of each task, the same noise wherever the classes are."""
    noise = NOISE * centres[0].norm() * numbers(*place.shape, images, centres.shape[1], seed=images)
    return centres[place][:, :, None] + noise


def _lay(loss: nn.Module, centres: Tensor) -> bool:
    """Put its class vectors at the centres; whether it has no other weights with several axes."""
    classes, dim = centres.shape
    plain = True
    for tensor in (*loss.parameters(), *loss.buffers()):
        axes = [(a, b) for a, rows in enumerate(tensor.shape) for b, length in enumerate(tensor.shape)
                if a != b and rows % classes == 0 and length == dim]  # fmt: skip
        if axes and tensor.is_floating_point():
            vectors = tensor.detach().movedim(axes[0], (-2, -1))
            each = vectors.shape[-2] // classes
            vectors.copy_(centres.repeat_interleave(each, 0))  # a class's own ones stand beside each other
            plain = plain and each == 1
        elif tensor.ndim > 1:
            plain = False
    return plain


def _fitted(loss: nn.Module, value: Callable[[], Tensor]) -> dict[str, Tensor]:
    """The state after some steps of all its weights, each as long in every direction."""
    own = [weight for weight in loss.parameters() if weight.requires_grad]
    for _ in range(STEPS):
        found = torch.autograd.grad(value(), own, allow_unused=True)
        with torch.no_grad():
            for weight, grad in zip(own, found, strict=True):
                weight -= 0 if grad is None else RATE * grad.sign()
    return {name: tensor.clone() for name, tensor in loss.state_dict().items()}


def check_reach(part: Callable, named: Part, size: int | None) -> list[str]:
    """Every image of every task has a gradient in some draw of embeddings."""
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
        return ["it says selective = True, so not every image was asked for"]
    for name, one in reached.items():
        if not (one.all() or (weights(loss) and not one.any())):
            task, way, image = (int(number) for number in (~one).nonzero()[0])
            came = f"no gradient for the {name} of task {task}, class {way}, image {image} in {DRAWS} draws"
            hint = "a loss that leaves images out says selective = True"
            raise Breach("it to learn from every image", f"{came}; {hint}")
    return [f"learns from all {' and '.join(name for name, one in reached.items() if one.any())} of every task"]
