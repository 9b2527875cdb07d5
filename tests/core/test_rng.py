"""Random numbers are a pure function of their address, and random enough."""

import itertools

import pytest
import torch
from scipy.stats import chisquare

from fewshot.core.rng import below, distinct, init_seed, random_bits, uniform

UNLIKELY = 1e-4  # with fixed seeds a test either passes always or never


def bits(count: int, tasks: int = 1, seed: int = 0, purpose: str = "test") -> torch.Tensor:
    return random_bits(seed, purpose, torch.arange(tasks), count)


def test_known_values():
    """Worked out with Python's unbounded integers; a change of them changes every task ever drawn."""
    found = random_bits(0, "train", torch.tensor([0, 417]), 2)
    assert found.tolist() == [
        [7684399988327947850, -6546115745460325773],
        [-7899722897866457362, 7364184841608951863],
    ]
    four = random_bits(0, "train", torch.tensor([417]), 4)
    assert below(four, 10).tolist() == [[5, 3, 5, 9]]
    assert distinct(four, 1000).tolist() == [[571, 398, 506, 997]]
    assert distinct(four, 4).tolist() == [[2, 1, 3, 0]]
    assert init_seed(0, "weights") == 217720585565187


def test_a_number_has_the_same_bits_in_any_company_and_order():
    numbers = torch.tensor([3, 417, 0, 2**40, 417])
    together = random_bits(7, "train", numbers, 5)
    for row, number in zip(together, numbers, strict=True):
        assert torch.equal(random_bits(7, "train", number[None], 5)[0], row)
    assert torch.equal(random_bits(7, "train", numbers.flip(0), 5), together.flip(0))


def test_the_first_bits_do_not_depend_on_their_number():
    assert torch.equal(bits(9, tasks=4)[:, :3], bits(3, tasks=4))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_has_the_same_bits():
    there = random_bits(3, "train", torch.arange(50, device="cuda"), 20)
    assert torch.equal(there.cpu(), bits(20, tasks=50, seed=3, purpose="train"))
    assert torch.equal(uniform(there).cpu(), uniform(there.cpu()))
    assert torch.equal(distinct(there, 1000).cpu(), distinct(there.cpu(), 1000))


def test_no_two_addresses_share_their_bits():
    everything = [bits(64, tasks=64, seed=seed, purpose=purpose) for seed in range(4) for purpose in ("a", "b")]
    assert torch.stack(everything).unique().numel() == 8 * 64 * 64


@pytest.mark.parametrize("other", [{"seed": 1}, {"purpose": "other"}])
def test_seeds_and_purposes_are_independent(other):
    left, right = uniform(bits(100, tasks=200)).flatten(), uniform(bits(100, tasks=200, **other)).flatten()
    assert abs(torch.corrcoef(torch.stack([left, right]))[0, 1]) < 4 / 20000**0.5
    both = torch.bincount((left * 8).long() * 8 + (right * 8).long(), minlength=64)
    assert chisquare(both).pvalue > UNLIKELY


@pytest.mark.parametrize("shift", [(0, 1), (1, 0), (1, 1)])
def test_neighbours_are_independent(shift):
    values = uniform(bits(101, tasks=201))
    left, right = values[:200, :100], values[shift[0] :, shift[1] :][:200, :100]
    both = torch.bincount(((left * 8).long() * 8 + (right * 8).long()).flatten(), minlength=64)
    assert chisquare(both).pvalue > UNLIKELY


def test_uniform_numbers_lie_in_zero_to_one_and_spread_evenly():
    values = uniform(bits(1000, tasks=100))
    assert values.dtype == torch.float32
    assert 0 <= values.min() < 0.001
    assert 0.999 < values.max() < 1
    assert chisquare(torch.bincount((values * 100).long().flatten(), minlength=100)).pvalue > UNLIKELY


def test_the_largest_bits_stay_below_one_and_below_the_limit():
    extremes = torch.tensor([0, -1, 2**63 - 1, -(2**63)])
    assert (uniform(extremes) < 1).all()
    for limit in (1, 7, 2**31):
        assert below(extremes, limit).tolist() == [0, limit - 1, (limit - 1) // 2, limit // 2]


@pytest.mark.parametrize(("limit", "picks"), [(5, 1), (4, 2), (5, 3), (4, 4)])
def test_every_ordered_choice_is_equally_likely(limit, picks):
    """Also when all are picked."""
    choices = list(itertools.permutations(range(limit), picks))
    found = distinct(bits(picks, tasks=200 * len(choices)), limit).tolist()
    count = dict.fromkeys(choices, 0)
    for row in found:
        count[tuple(row)] += 1  # fails for a repeat or a number out of range
    assert chisquare(list(count.values())).pvalue > UNLIKELY


def test_each_row_has_its_own_limit():
    limit = torch.tensor([3, 4, 1000])
    found = distinct(bits(9, tasks=400).view(400, 3, 3), limit)
    for row, most in enumerate(limit.tolist()):
        assert found[:, row].unique().numel() == most if most < 10 else found[:, row].max() > 900
        assert 0 <= found[:, row].min() <= found[:, row].max() < most
        assert all(len(set(picks)) == 3 for picks in found[:, row].tolist())


def test_a_seed_for_generators_depends_on_seed_and_purpose():
    seeds = {init_seed(seed, purpose) for seed in range(10) for purpose in ("weights", "loss weights")}
    assert len(seeds) == 20
    torch.Generator().manual_seed(max(seeds))
