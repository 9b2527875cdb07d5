"""The promises of a loss's marks: `of_pairs` and `of_forgeries`."""

import math
from functools import partial

import torch

from fewshot.conformance.assertions import gradients
from fewshot.conformance.breaches import Breach, inside
from fewshot.conformance.inputs import numbers
from fewshot.conformance.losses.values import embeddings, value_of
from fewshot.core.rng import seeded
from fewshot.core.types import Loss, Similarity
from fewshot.models.pair_loss import PairLoss

PAIRS = 16


def check_pairs(loss: Loss, dim: int, similarity: Similarity) -> None:
    """Check that it does not matter which different-class pair stands beside a same-class pair."""
    both = [numbers(PAIRS, 2, dim, seed=seed) for seed in (0, 1)]
    turned = [torch.stack([side[:, 0], side[:, 1].roll(1, 0)], 1) for side in both]
    with inside(note := f"{PAIRS} same-class and {PAIRS} different-class pairs"), seeded(0, "conformance"):
        expected, got = (
            float(PairLoss(loss)(*sides, similarity, torch.arange(2).expand(PAIRS, 2)).detach())
            for sides in (both, turned)
        )
    if not math.isclose(got, expected, rel_tol=1e-4, abs_tol=1e-5):
        wanted = "a mean over same-class and one over different-class pairs, as it is marked of_pairs"
        raise Breach(f"{wanted}: the same number for {note} in any order, {expected:.6g}", f"{got:.6g}")


def check_forgeries(loss: Loss, dim: int, similarity: Similarity) -> None:
    """Check that it matters that the last query of each class is a forgery, and that gradients are finite."""
    support, query = embeddings(dim)[0]
    genuine, forged = (value_of(one, support, query, similarity) for one in (loss, partial(loss, forged=1)))
    gradients(forged, {"supports": support, "queries": query}, "a forgery of each class")
    if math.isclose(genuine.item(), forged.item(), rel_tol=1e-6):
        wanted = "another number where the last query of each class is a forgery, as it is marked of_forgeries"
        raise Breach(wanted, f"{forged.item():.6g} for both")
