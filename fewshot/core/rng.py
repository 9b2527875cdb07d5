"""Random numbers as a pure function of an address: (seed, purpose, number, position).

A counter-based hash in wrapping 64-bit integers (the finaliser of SplitMix64, Steele et al. 2014): the same bits on
every device and machine, for any batch of numbers, with no generator to carry.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import RLock

import torch
from jaxtyping import Float, Int64
from torch import Tensor

_GOLDEN = -7046029254386353131  # 2^64 / golden ratio, odd, as a signed number
_ALONE = RLock()  # held while torch's own generators are seeded
_MIX_1, _MIX_2 = -4658895280553007687, -7723592293110705685


def random_bits(seed: int, purpose: str, number: Int64[Tensor, " task"], count: int) -> Int64[Tensor, "task count"]:
    """64 random bits at each of `count` positions of each number's address."""
    stream = int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:8], "little", signed=True)
    task = _mix(_mix(number + 1) + stream)
    position = torch.arange(1, count + 1, device=number.device)
    return _mix(task[:, None] + position * _GOLDEN)


def uniform(bits: Int64[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    """Float32 values in [0, 1) from 24 of the bits: exact, so equal on every device."""
    return (bits >> 40 & 0xFFFFFF).to(torch.float32) * 2.0**-24


def below(bits: Int64[Tensor, "*shape"], limit: Int64[Tensor, "*#shape"] | int) -> Int64[Tensor, "*shape"]:
    """Integers in [0, limit), for a `limit` up to 2^31."""
    return (bits >> 32 & 0xFFFFFFFF) * limit >> 32


def distinct(bits: Int64[Tensor, "*shape pick"], limit: Int64[Tensor, "*#shape"] | int) -> Int64[Tensor, "*shape pick"]:
    """Ordered picks without replacement from [0, limit), every ordered choice equally likely.

    Pick i starts as a rank r, below limit − i, among the numbers not yet taken. Walking back through the earlier picks
    turns the rank into a number: each pick that is not larger adds one. The cost does not depend on `limit`, which
    must be at least the number of picks.
    """
    count = bits.shape[-1]
    limit = limit[..., None] if isinstance(limit, Tensor) else limit
    left = limit - torch.arange(count, device=bits.device)
    picks = below(bits, left).movedim(-1, 0).contiguous()
    for taken in reversed(range(count - 1)):
        later = picks[taken + 1 :]
        later += later >= picks[taken]
    return picks.movedim(0, -1)


def init_seed(seed: int, purpose: str) -> int:
    """A seed for code that needs a generator, such as weight initialisation."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:6], "little")


def seeded(seed: int, purpose: str, device: torch.device | str = "cpu") -> AbstractContextManager[None]:
    """Seed torch's own generators from an address for this block, and restore them after it."""
    return stream(init_seed(seed, purpose), device)


@contextmanager
def stream(start: int, device: torch.device | str = "cpu") -> Iterator[None]:
    """Seed torch's own generators with a number for this block, and restore them after it.

    They are the process's: other threads wait for the end of the block.
    """
    cuda = [torch.device(device)] if torch.device(device).type == "cuda" else []
    with _ALONE, torch.random.fork_rng(devices=cuda):
        torch.default_generator.manual_seed(start)  # torch.manual_seed would touch every GPU
        for one in cuda:
            with torch.cuda.device(one):
                torch.cuda.manual_seed(start)
        yield


def _mix(x: Int64[Tensor, "*shape"]) -> Int64[Tensor, "*shape"]:
    x = (x ^ (x >> 30 & 0x3FFFFFFFF)) * _MIX_1
    x = (x ^ (x >> 27 & 0x1FFFFFFFFF)) * _MIX_2
    return x ^ (x >> 31 & 0x1FFFFFFFF)
