"""The defaults of losses, for which their docs give reasons."""

import pytest

from fewshot.registry.lookup import entries


@pytest.mark.parametrize(
    ("name", "defaults"),
    [
        ("arcface", {"margin": 5.7, "scale": 12.0}),
        ("cosface", {"margin": 0.1, "scale": 12.0}),
        ("subcenter_arcface", {"margin": 5.7, "scale": 12.0, "sub_centers": 3}),
        ("baseline_pp", {"scale": 10.0}),
        ("negative_cosine", {"margin": -0.05, "scale": 30.0}),
        ("norm_softmax", {"temperature": 0.05}),
        ("proxy_anchor", {"margin": 0.1, "alpha": 32.0}),
        ("soft_triple", {"centers_per_class": 10, "la": 20.0, "gamma": 0.1, "margin": 0.01}),
        ("nt_xent", {"temperature": 0.07}),
        ("supcon", {"temperature": 0.1}),
        ("circle", {"m": 0.4, "gamma": 80.0}),
        ("multi_similarity", {"alpha": 2.0, "beta": 50.0, "base": 0.5}),
        ("tuplet_margin", {"margin": 5.73, "scale": 64.0}),
        ("angular", {"alpha": 40.0}),
        ("margin", {"margin": 0.2, "beta": 1.2}),
        ("lifted_structure", {"neg_margin": 1.0, "pos_margin": 0.0}),
    ],
)
def test_defaults_are_those_that_the_docs_reason_for(name, defaults):
    entry = entries("losses")[name]
    assert {option: entry.options[option] for option in defaults} == defaults
