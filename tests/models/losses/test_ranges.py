"""Options of losses and similarities outside of their ranges are refused, with the option's name."""

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.models.losses import bind
from fewshot.registry.lookup import entries, load, make_part

DIM, CLASSES = 6, 8
DISTANCES = ["contrastive", "triplet", "triplet_margin", "margin"]
WRONG = [
    *((name, "margin", -1.0) for name in DISTANCES),
    *((name, "margin", 1.5) for name in ("cosface", "negative_cosine", "proxy_anchor", "soft_triple")),
    *((name, "margin", 91.0) for name in ("arcface", "subcenter_arcface", "tuplet_margin")),
    *((name, "scale", 0.0) for name in ("arcface", "cosface", "subcenter_arcface", "negative_cosine", "baseline_pp")),
    *((name, "scale", -1.0) for name in ("tuplet_margin", "angular", "lifted_structure")),
    *((name, "temperature", 0.0) for name in ("nt_xent", "supcon", "norm_softmax")),
    *((name, "initial_norm", -1.0) for name in ("softmax", "baseline")),
    ("soft_triple", "centers_per_class", 0),
    ("subcenter_arcface", "sub_centers", 0),
    ("angular", "alpha", 90.0),
    ("circle", "m", 2.0),
    ("lifted_structure", "neg_margin", -1.0),
    ("margin", "beta", -0.1),
    ("n_pairs", "norm_penalty", -0.1),
    *((name, "pairs", "some") for name in ("contrastive", "triplet", "verification", "matching", "nca", "nt_xent")),
    *((name, "mining", "some") for name in ("triplet", "triplet_margin", "multi_similarity")),
    ("n_pairs", "images", "some"),
]


@pytest.mark.parametrize(("name", "option", "value"), WRONG)
def test_a_value_out_of_range_is_refused(name, option, value):
    options = make_part("losses", name, {option: value}).options
    measure = load("similarities", entries("losses")[name].marks.similarity)((DIM,))
    sides = torch.rand(2, 4, 1, DIM), torch.rand(2, 4, 2, DIM)
    with pytest.raises(RequestError, match=option) as refused:
        bind(load("losses", name), options, DIM, CLASSES)(*sides, measure, torch.arange(8).view(2, 4))
    assert refused.value.where == (option,)


@pytest.mark.parametrize(
    ("name", "option"),
    [("cosine", "scale"), ("euclidean", "scale"), ("squared_euclidean", "scale"), ("weighted_l1", "total")],
)
def test_a_scale_is_above_0(name, option):
    with pytest.raises(RequestError, match=f"{option}: expected a number of at least"):
        load("similarities", name)((DIM,), **{option: 0.0})
