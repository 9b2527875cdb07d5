"""The table of identification: a block of rank-k and the FNIR at an FPIR for each gallery, and notes in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fewshot.core.statistics.influences import PairFigure, fnmr_of_pairs, mean_of_same
from fewshot.core.statistics.pairs import Identities
from fewshot.core.statistics.ranks import rank
from fewshot.data.class_lists.names import group_of, unturned
from fewshot.records.record import RunRecord
from fewshot.reporting.blocks import Block
from fewshot.reporting.comparisons.units import ENOUGH, word_of
from fewshot.reporting.summary import FOLDS, Method
from fewshot.reporting.verification.block import rate_text
from fewshot.reporting.verification.rates import EXPECTED, Figure, over_folds

RANKS, FPIRS = (1, 5), (1e-1, 1e-2)
FEW = "too few probes"


@dataclass(frozen=True)
class Probes:
    """The probes of one gallery in a method's trainings, `[training probe]`: ranks and scores of their own identities,
    and the best scores of others. `units` are the identities of probes, or groups of them, in a word; with `folds`,
    each has a gallery and trainings of its own."""

    references: int
    identities: tuple[int, ...]  # one number, or those of the folds
    ranks: np.ndarray
    own: np.ndarray
    other: np.ndarray
    units: np.ndarray
    word: str
    folds: tuple["Probes", ...] = ()

    @property
    def size(self) -> str:
        """The size of the gallery: "G = 659, K = 1"."""
        ends = sorted({min(self.identities), max(self.identities)})
        return f"G = {'–'.join(f'{one:,}' for one in ends)}, K = {self.references}"


def probes_of(method: Method) -> list[Probes]:
    """The probes of each gallery of a method; none where a record of it lacks one."""
    if not method.folds:
        return _of_records(method.records)
    each = [_of_records(records) for records in method.folds.values()]
    return [_joined(own) for own in zip(*each, strict=False)]


def _of_records(records: Sequence[RunRecord]) -> list[Probes]:
    found = []
    for own in zip(*(record.identified for record in records), strict=False):
        if any((one.references, one.probes) != (own[0].references, own[0].probes) for one in own):
            continue  # of other images
        of_class = np.repeat(np.arange(len(own[0].probes)), own[0].probes)
        classes = records[0].classes
        grouped = len({group_of(classes[number]) for number in of_class}) >= ENOUGH
        names = [(group_of if grouped else unturned)(name) for name in classes]
        units = np.unique(names, return_inverse=True)[1][of_class]
        scores = (np.array([getattr(one, name) for one in own]) for name in ("rank", "own", "other"))
        word = word_of(records[0], "group_word" if grouped else "class_word")
        found.append(Probes(own[0].references, (own[0].identities,), *scores, units, word))
    return found


def _joined(each: Sequence[Probes]) -> Probes:
    first, sizes = each[0], tuple(number for one in each for number in one.identities)
    return Probes(first.references, sizes, *(np.empty((0, 0)),) * 3, np.empty(0, int), FOLDS, tuple(each))


def figures_of(probes: Probes) -> dict[str, Figure]:
    """Rank-k and FNIR at an FPIR by name, each with its interval over units and trainings."""
    if probes.folds:
        return over_folds([figures_of(one) for one in probes.folds])
    number, least = probes.own.shape[1], min(probes.identities)
    units = Identities(probes.units, np.stack([probes.units] * 2, 1))
    found = {f"rank-{k}": _figure(units, mean_of_same(probes.ranks <= k, number)) for k in RANKS if k < least}
    ranks = rank(probes.own, probes.other)
    for fpir in FPIRS:
        rate = fnmr_of_pairs(ranks, fpir)
        counts = {"errors": round(float(rate.values.sum()) * number), "pairs": probes.own.size, "each": number}
        found[name_of(fpir)] = _figure(units, rate, **counts, expected=fpir * number)
    return found


def name_of(fpir: float) -> str:
    """The heading of the FNIR at an FPIR."""
    return f"FNIR at FPIR {100 * fpir:g} %"


def _figure(units: Identities, found: PairFigure, **counts: float) -> Figure:
    return Figure(float(found.values.mean()), units.interval(found) if units.apart else None, **counts)


def blocks_of(methods: Sequence[Method], header: str) -> tuple[Block, ...]:
    """A block for each size of gallery, with a line for each method."""
    lines: dict[str, dict[str, dict[str, Figure]]] = {}
    for method in methods:
        for probes in probes_of(method):
            lines.setdefault(probes.size, {})[method.label] = figures_of(probes)
    blocks = []
    for size, found in lines.items():
        names = list(dict.fromkeys(name for own in found.values() for name in own))
        each = tuple((label, *(rate_text(own.get(name), FEW) for name in names)) for label, own in found.items())
        blocks.append(Block((header, *(f"{name} ({size})" for name in names)), each, caption="Identification"))
    return tuple(blocks)


def notes_of(methods: Sequence[Method]) -> list[str]:
    """On galleries and probes, on the definition of each figure, and on intervals."""
    every = [probes for method in methods for probes in probes_of(method)]
    if not every:
        return []
    words = dict.fromkeys(_over(probes) for probes in every)
    again = any(len(one.records) > 1 and not one.folds for one in methods)
    several = any(probes.references > 1 for probes in every)
    notes = [
        "identification: K images of each of G identities are enrolled, and other images of them are probes; rank-k: "
        "share of probes whose own identity is among the k best of G, any that scores no less standing before it"
        + ("; K images are compared by the rule chosen on val, or else by their mean score" if several else ""),
        "FNIR at an FPIR: share of probes whose own identity scores below the threshold, at any rank; the threshold is "
        "the lowest at which at most this share of the same probes have a candidate among the other G − 1 identities, "
        "their own being left out (non-mated probes): it is chosen on these probes themselves; in brackets: 95 % "
        f"interval over {', '.join(words)}{' and trainings' if again else ''}",
    ]
    if any(figure.few for probes in every for figure in figures_of(probes).values()):
        notes.append(f"{FEW}: fewer than {EXPECTED} with a false candidate are expected, so that the rate says little")
    return notes


def _over(probes: Probes) -> str:
    count = len(probes.folds) or len(np.unique(probes.units))
    return f"{probes.word} (n = {count:,})"


def tidy_values(method: Method) -> dict[str, str]:
    """The figures as columns of a table's CSV: "identities_k1", "rank_1_k1", "fnir_at_fpir_0.01_k1"."""
    found = {}
    for probes in probes_of(method):
        figures, ending = figures_of(probes), f"_k{probes.references}"
        found[f"identities{ending}"] = "–".join(map(str, sorted({min(probes.identities), max(probes.identities)})))
        names = {f"rank-{k}": f"rank_{k}" for k in RANKS} | {name_of(fpir): f"fnir_at_fpir_{fpir:g}" for fpir in FPIRS}
        found |= {f"{names[name]}{ending}": f"{figure.value:.4f}" for name, figure in figures.items()}
    return found
