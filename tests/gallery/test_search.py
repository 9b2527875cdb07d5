"""Scores of identities: those of the verifier, whatever its rule and its blocks."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from fewshot.evaluation.reference_rule import RULES
from fewshot.gallery import search
from fewshot.gallery.rows import Contents
from fewshot.gallery.search import Index
from fewshot.verification.verifier import Verifier

OWNERS = ("b", "a", "c", "a", "b", "a")


def contents(rows: np.ndarray, owners: tuple[str, ...]) -> Contents:
    count = len(owners)
    return Contents("net", (*range(1, count + 1),), owners, ("x",) * count, (b"",) * count, rows)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("block", [1, 2**19])
@pytest.mark.parametrize("owners", [OWNERS, (*"fedcba",)])
def test_an_identity_scores_as_its_images_do_beside_the_probe(small_network, monkeypatch, rule, block, owners):
    monkeypatch.setattr(search, "BLOCK", block)
    verifier = Verifier(replace(small_network, rule=rule))
    dim = verifier.embed(torch.rand(1, *small_network.shape)).shape[1]
    rows, probe = torch.randn(6, dim), torch.randn(dim)
    index = Index(verifier, contents(rows.numpy(), owners))
    assert index.names == (*sorted({*owners}),)
    expected = [
        float(verifier.against(rows[[place for place, one in enumerate(owners) if one == name]], probe[None]))
        for name in index.names
    ]
    np.testing.assert_allclose(index.scores(probe), expected, rtol=1e-5)
