"""Pairs of each class as signatures are verified: all genuine pairs, and as many beside a forgery."""

from functools import partial

import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.errors import RequestError
from fewshot.core.rng import random_bits
from fewshot.core.spec.names import FORGED, RANDOM
from fewshot.data.bank import ImageBank
from fewshot.protocols import Protocol
from fewshot.records.answers import PairList
from fewshot.tasks.named_pairs import VerificationPairs


def forgery_pairs(bank: ImageBank, protocol: Protocol, stage: str) -> VerificationPairs:
    """All pairs of genuine images of each class, and as many of a genuine image and a forgery of the class, drawn.

    On test as many again are drawn of a genuine image of the class and one of another class, a random forgery. Raises
    `RequestError` for a class of fewer than two genuine images or without a forgery.
    """
    same, forged, others = [], [], []
    for label, name in enumerate(bank.classes):
        own = bank.label == label
        genuine, fake = (one.nonzero()[:, 0] for one in (own & ~bank.forged, own & bank.forged))
        if len(genuine) < 2 or not len(fake):
            got = f"{len(genuine)} and {len(fake)} of {name}"
            raise RequestError(f"pairs of {stage}: expected two genuine images and a forgery of each class, got {got}")
        same.append(torch.combinations(genuine))
        draw = partial(_drawn, protocol, name, len(same[-1]))
        forged.append(draw(FORGED, genuine, fake))
        if stage == "test":
            others.append(draw(RANDOM, genuine, (~own & ~bank.forged).nonzero()[:, 0]))
    pairs, fakes, random = (torch.cat(one) if one else bank.label.new_empty(0, 2) for one in (same, forged, others))
    roles = ("",) * len(pairs) + (FORGED,) * len(fakes) + (RANDOM,) * len(random)
    return VerificationPairs(pairs, torch.cat([fakes, random]), notes=PairList((), roles, {}))


def _drawn(
    protocol: Protocol, name: str, number: int, role: str, left: Int64[Tensor, " _"], right: Int64[Tensor, " _"]
) -> Int64[Tensor, "pair 2"]:
    """So many different pairs of a left and a right image; they depend on the class's name, not on other classes."""
    every = torch.cartesian_prod(left, right)
    one = torch.zeros(1, dtype=torch.int64, device=left.device)
    bits = random_bits(protocol.seed, f"{protocol.name}/{role}/{name}", one, len(every))[0]
    return every[bits.argsort()[:number].sort().values]
