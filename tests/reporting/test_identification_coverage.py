"""How often intervals of identification cover the truth, by simulation; `results/intervals.md` holds the table.

Identities are normal points, in groups or alone, and images normal points around these, wider for some than for others.
The truth is of other identities and other images.
"""

import numpy as np
import pytest

from fewshot.reporting.identification import Probes, figures_of

DRAWS, DIM = 1000, 8
CASES = ((40, 40, 9), (100, 100, 5), (300, 300, 5), (60, 5, 5), (200, 20, 5))  # identities, groups, probes of each


def drawn(draw: np.random.Generator, identities: int, groups: int, each: int) -> Probes:
    """The probes of one gallery with one reference an identity."""
    group = np.repeat(np.arange(groups), identities // groups)
    together = 0.7 * (groups < identities)
    centres = together * draw.normal(size=(groups, DIM))[group] + draw.normal(size=(identities, DIM))
    wide = 0.9 * np.exp(0.3 * draw.normal(size=(identities, 1)) + 0.3 * draw.normal(size=(groups, 1))[group])
    references = centres + wide * draw.normal(size=(identities, DIM))
    of = np.repeat(np.arange(identities), each)
    probes = centres[of] + wide[of] * draw.normal(size=(len(of), DIM))
    scores = 2 * probes @ references.T - (references**2).sum(1) - (probes**2).sum(1)[:, None]
    own = scores[np.arange(len(of)), of]
    ranks = (scores >= own[:, None]).sum(1)
    scores[np.arange(len(of)), of] = -np.inf
    return Probes(1, (identities,), ranks[None], own[None], scores.max(1)[None], group[of], "identities")


def covered(case: tuple[int, int, int], draws: int) -> dict[str, float]:
    """By figure, the share of draws whose interval has the mean of all draws in it."""
    draw = np.random.default_rng(0)
    found = [figures_of(drawn(draw, *case)) for _ in range(draws)]
    means = {name: np.mean([one[name].value for one in found]) for name in found[0]}
    return {
        name: float(np.mean([one[name].interval.low <= mean <= one[name].interval.high for one in found]))
        for name, mean in means.items()
    }


@pytest.mark.slow
def test_intervals_cover_the_truth():
    print()
    for case in CASES:
        found = covered(case, DRAWS)
        print("|", " | ".join(map(str, (*case, *(f"{100 * one:.1f}" for one in found.values())))), "|")
        assert all(0.91 < one < 0.99 for one in found.values()), (case, found)
