"""Losses that do not have classes apart better than mixed."""

import pytest
from plugin_texts import CLASS_LOSS, LOSS, PROTOTYPES, PUSH

from fewshot.conformance import check


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


def test_a_loss_whose_class_vectors_repel_their_own_classes_is_refused(refused):
    refused(CLASS_LOSS.replace("return nn", "return -nn"), "expected a smaller number .* classes apart than mixed")


def test_a_loss_that_maps_embeddings_before_its_vectors_may_learn_first(add, refused):
    text = CLASS_LOSS.replace("self.scale, ", "self.map, self.scale, ", 1)
    text = text.replace(" = scale, nn.", " = nn.Linear(dim, dim), scale, nn.").replace("query.fl", "self.map(query).fl")
    add(text)
    assert "smaller for classes apart than mixed or in one place after 50 steps" in check("losses", "mine")[-2]
    constant = text.replace("return nn", "return (query.sum() / 1e6).tanh() ** 2 + 1e-20 * nn")
    refused(constant, "expected a smaller number .* classes apart")
