"""Several references of a class, drawn, beside all of its other images, its forgeries and the images of other classes:
equal errors by number of references, rule and role of the probes."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.rng import random_bits
from fewshot.core.spec.names import FORGED, RANDOM
from fewshot.core.statistics.influences import equal_error_of_pairs
from fewshot.core.statistics.ranks import rank
from fewshot.data.bank import ImageBank
from fewshot.evaluation.answers import best_of
from fewshot.evaluation.reference_rule import RULES
from fewshot.evaluation.scorer import Scorer
from fewshot.protocols import Protocol
from fewshot.records.record import ReferenceErrors, six_digits

DRAWS = 10  # of references, for each class and number of them


def reference_errors(scorer: Scorer, protocol: Protocol) -> ReferenceErrors:
    """Equal errors of probes of the own class against forgeries of it and against images of other classes.

    Each is a value for every class, whose mean is the equal error at one threshold for all: it differs from that by the
    influence of the class's comparisons, those as another class's probe too. References are drawn `DRAWS` times for
    each class by the protocol's seed, the same for all methods. Without forgeries, that role is left out; nothing is
    measured of a learner that does not embed images one by one. Raises `NotFinite` for a score that is not finite.
    """
    bank, embeddings, found = scorer.bank, scorer.embeddings, ReferenceErrors()
    for number in protocol.references if embeddings is not None else ():
        drawn = [_references(bank, protocol, label, number) for label in range(len(bank.classes))]
        for name, rule in RULES.items():
            scores: dict[str, list[Tensor]] = {}
            for references, probes in drawn:
                rows = embeddings[torch.cat([*probes.values()], 1)]
                of_class = rule(scorer.pair_score, embeddings[references][:, None], rows[:, None])
                best_of(of_class)  # refuses scores that are not finite
                parts = of_class[:, 0, :, 0].split([one.shape[1] for one in probes.values()], 1)
                for role, values in zip(probes, parts, strict=True):
                    scores.setdefault(role, []).append(values)
            for role in (FORGED, RANDOM):
                of_probes = [probes[role] for _, probes in drawn]
                if any(one.numel() for one in of_probes):
                    by_class = _by_class(scores[""], scores[role], [bank.label[one] for one in of_probes])
                    found.setdefault(role, {}).setdefault(name, {})[str(number)] = six_digits(by_class)
    return found


def _references(
    bank: ImageBank, protocol: Protocol, label: int, number: int
) -> tuple[Int64[Tensor, "draw shot"], dict[str, Int64[Tensor, "draw probe"]]]:
    """So many references of a class in each draw, and all probes by role, "" being those of the class.

    They depend on the class's name, not on other classes; fewer references are the first of more.
    """
    own = bank.label == label
    genuine, fake, others = (
        one.nonzero()[:, 0] for one in (own & ~bank.forged, own & bank.forged, ~own & ~bank.forged)
    )
    draw = torch.arange(DRAWS, device=bank.device)
    bits = random_bits(protocol.seed, f"{protocol.name}/references/{bank.classes[label]}", draw, len(genuine))
    references, mated = genuine[bits.argsort(dim=1, stable=True)].split([number, len(genuine) - number], 1)
    return references, {"": mated} | {role: one.expand(DRAWS, -1) for role, one in ((FORGED, fake), (RANDOM, others))}


def _by_class(mated: Sequence[Tensor], others: Sequence[Tensor], of_probes: Sequence[Tensor]) -> list[float]:
    """The value of each class, from the scores of the probes beside its references and the classes of the others."""
    same, different = ([one.flatten().double().cpu().numpy() for one in kind] for kind in (mated, others))
    figure = equal_error_of_pairs(rank([np.concatenate(same)], [np.concatenate(different)]))
    claimed = (
        np.repeat(np.arange(len(same)), [*map(len, same)]),
        np.repeat(np.arange(len(same)), [*map(len, different)]),
    )
    maker = np.concatenate([one.flatten().cpu().numpy() for one in of_probes])
    influence, elsewhere = figure.influences[0], maker != claimed[1]
    sums = np.bincount(np.concatenate(claimed), influence, len(same))
    sums += np.bincount(maker[elsewhere], influence[len(claimed[0]) :][elsewhere], len(same))
    return (figure.values[0] + len(same) * sums).tolist()
