"""Every loss falls as one image moves towards its own class and away from the other, from any start on a grid.

Images and class vectors lie on a circle or, for losses by distances, on a line. Where a loss is flat, it is at its
least: the image is nearer than its margin asks, or the rest is below rounding.
"""

from itertools import pairwise

import pytest
import torch

from fewshot.models.losses import bind
from fewshot.registry.lookup import entries, load, make_part

DIM, CLASSES = 4, 3
FLAT = 1e-6  # share of the largest value
LOSSES = {name: entry for name, entry in entries("losses").items() if not entry.family}
UNTRAINED = ("relation",)  # its score is that of a network, which fresh says nothing of distances
ONLY_ALL = {name for name, entry in LOSSES.items() if entry.options.get("pairs") == "all"}
ABOVE_ZERO = ("margin", "triplet_margin")  # means of the terms above 0, which jump where a term reaches 0: by slope
CASES = [
    (name, {"pairs": pairs} if pairs else {})
    for name, entry in LOSSES.items()
    for pairs in (("episode", "all") if "pairs" in entry.options else ("",))
    if name not in UNTRAINED and not (pairs == "episode" and name in ONLY_ALL)
] + [
    ("arcface", {"margin": 28.6, "scale": 64.0}),  # beyond 180° − m by the library's continuation
    ("subcenter_arcface", {"margin": 28.6, "scale": 64.0}),
    ("contrastive", {"mining": "active"}),
    ("triplet", {"mining": "active"}),
    ("triplet", {"mining": "hardest"}),
    ("triplet_margin", {"mining": "hardest", "reducer": "mean"}),
    ("n_pairs", {"images": "all"}),
    ("nca", {"learned_scale": True}),
    ("angular", {"scale": 8.0}),
    ("lifted_structure", {"scale": 8.0}),
    ("margin", {"learned_beta": True}),
    ("softmax", {"initial_norm": 1.0}),
]  # fmt: skip


def on_circle(degrees: torch.Tensor) -> torch.Tensor:
    zero = torch.zeros_like(degrees)
    return torch.stack([degrees.deg2rad().cos(), degrees.deg2rad().sin(), zero, zero])


def on_line(place: torch.Tensor) -> torch.Tensor:
    return torch.stack([place, *[torch.zeros_like(place)] * 3])


def curve(name: str, options: dict, far: float) -> tuple[list[float], list[float]]:
    """The losses of an image at each place between its class at 0 and the other at `far`, and their slopes."""
    similarity = LOSSES[name].marks.similarity
    put = on_circle if similarity in ("cosine", "dot_product") else on_line
    loss = bind(load("losses", name), make_part("losses", name, options).options, DIM, CLASSES).double()
    measure = load("similarities", similarity)((DIM,)).double()
    own, other = put(torch.tensor(0.0).double()), put(torch.tensor(far).double())
    for weight in loss.parameters():
        if DIM in weight.shape:
            vectors = torch.stack([own, other, other]).repeat_interleave(weight.numel() // DIM // CLASSES, 0)
            weight.data.copy_(vectors if weight.shape[1] == DIM else vectors.T)
        elif len(weight) == CLASSES:
            weight.data.zero_()  # a bias
    values, slopes = [], []
    for place in torch.linspace(0, far, 47).double()[1:-1]:
        place.requires_grad_()
        sides = torch.stack([own, other])[None, :, None], torch.stack([put(place), other])[None, :, None]
        value = loss(*sides, measure, torch.tensor([[0, 1]]))
        values.append(value.item())
        slopes.append(torch.autograd.grad(value, place)[0].item() if value.requires_grad else 0.0)
    return values, slopes


@pytest.mark.parametrize("far", [1.0, 0.5])
@pytest.mark.parametrize(("name", "options"), CASES, ids=[f"{name}-{options}" for name, options in CASES])
def test_a_loss_falls_towards_the_own_class(name, options, far):
    reach = 180 if LOSSES[name].marks.similarity in ("cosine", "dot_product") else 10
    values, slopes = curve(name, options, reach * far)
    least = min(values) + FLAT * max(values)
    assert max(values) > least
    if name in ABOVE_ZERO and options.get("reducer") != "mean":
        assert all(slope > 0 or value <= least for value, slope in zip(values, slopes, strict=True))
    else:
        assert all(near < further or near <= least for near, further in pairwise(values))


def test_tuplet_margin_pushes_away_an_image_nearer_than_its_margin():
    values, _ = curve("tuplet_margin", {"margin": 20.0, "scale": 1.0}, 180)
    assert values[0] > min(values)
    assert all(near < further for near, further in pairwise(values[3:]))
