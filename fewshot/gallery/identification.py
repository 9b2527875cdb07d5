"""`Identification`: the candidates for one probe among the identities of a gallery."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from jaxtyping import Float

CANDIDATE, NOBODY, UNDETERMINED = "candidate", "nobody", "undetermined"


@dataclass(frozen=True)
class Candidate:
    """An identity whose score passes the threshold, and the probability that the probe shows it.

    The probability is None for a network without calibration.
    """

    identity: str
    score: float
    probability: float | None = None


@dataclass(frozen=True)
class Identification:
    """The outcome of comparing a probe with a gallery: "candidate", "nobody" or "undetermined".

    `candidates` are those that score at least the threshold, which was `chosen` in the way that this text gives, the
    best first. `best` is the highest score of all `identities`, and `nobody` the probability, at the prior, that the
    probe shows none of them; None for a network without calibration. Of an image that cannot be used nothing follows,
    for the `reason`. `rule` is how several images of one identity were compared.
    """

    probe: str
    outcome: str
    candidates: tuple[Candidate, ...] = ()
    best: float | None = None
    nobody: float | None = None
    reason: str = ""
    identities: int = 0
    prior: float = 0.5
    threshold: float | None = None
    chosen: str = ""
    rule: str = ""

    def plain(self) -> dict:
        """The identification as plain values, for JSON."""
        return asdict(self)


def best_of(names: Sequence[str], scores: Float[np.ndarray, " identity"], top: int) -> list[int]:
    """The places of the `top` highest scores, the best first; of equals those that come first by name.

    >>> best_of(["a", "b", "c"], np.array([1.0, 3.0, 3.0]), 2)
    [1, 2]
    """
    least = np.partition(scores, -top)[-top] if top < len(scores) else -np.inf
    places = np.flatnonzero(scores >= least).tolist()
    return sorted(places, key=lambda place: (-scores[place], names[place]))[:top]


def probabilities(ratios: Float[np.ndarray, " identity"], prior: float) -> tuple[Float[np.ndarray, " identity"], float]:
    """The probability of each identity of a gallery, and that of nobody, from log-likelihood ratios.

    A share `prior` of all probes shows somebody of the gallery, each identity as often as any other. With more
    identities each needs more evidence.

    >>> probabilities(np.log([3.0, 1.0]), 0.5)
    (array([0.5       , 0.16666667]), 0.3333333333333333)
    """
    weights = np.concatenate([ratios + np.log(prior / len(ratios)), [np.log1p(-prior)]])
    shares = np.exp(weights - weights.max())
    shares /= shares.sum()
    return shares[:-1], float(shares[-1])
