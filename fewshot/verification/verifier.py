"""`Verifier`: a trained network in use, from images to embeddings, scores, probabilities and verdicts."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from itertools import islice
from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from fewshot.core.checks import check_type
from fewshot.core.described import Described
from fewshot.core.device import measuring
from fewshot.core.errors import RequestError, unknown
from fewshot.core.files import check_place, write_whole
from fewshot.core.statistics.operating_points import EQUAL, choose
from fewshot.core.types import Embeddings, Learner, VerifyingLearner
from fewshot.evaluation.reference_rule import RULES, mean_score
from fewshot.models.at_once import at_once
from fewshot.records.record import RunRecord
from fewshot.records.store import RESULTS
from fewshot.verification.find import best_network, find_network
from fewshot.verification.images import Images, is_one
from fewshot.verification.network import Network, learner_of, network_of
from fewshot.verification.network_file import digest_of, read_network, to_bytes
from fewshot.verification.preparation import Preparation, Prepared
from fewshot.verification.template import Template, usable
from fewshot.verification.verdict import MATCH, NON_MATCH, UNDETERMINED, Verdict, check_prior

CHARACTERS = "characters"  # the network in the package, for handwritten characters
PACKAGED = Path(__file__).with_name(f"{CHARACTERS}.safetensors")
SINGLE = " for single references"  # as pairs of val have one each


class Verifier(Described):
    """A trained network that tells whether images show the same class.

    >>> import fewshot
    >>> verifier = fewshot.Verifier.load()  # the package's own, for handwritten characters
    >>> letters = fewshot.load_split("typefaces", "scripts", "val").pixels
    >>> verifier.embed(letters[:3]).shape
    torch.Size([3, 1024])
    >>> bool(verifier.same(letters[0], letters[2])), bool(verifier.same(letters[0], letters[16]))
    (True, False)

    `fewshot.train` returns what another is made of:

    >>> record, learner = fewshot.train("triplet", steps=2)
    >>> fewshot.Verifier.trained(record, learner).save("letters.safetensors")
    >>> fewshot.Verifier.load("letters.safetensors")
    Verifier(network: ..., images: 1 × 28 × 28, of: typefaces, thresholds: eer, fmr=0.1, fmr=0.01, fmr=0.001)
    """

    def __init__(self, network: Network) -> None:
        learner = learner_of(network)
        if not isinstance(learner, VerifyingLearner):
            name = network.spec.learner.name
            raise RequestError(f"expected a network that scores pairs alone, got the learner {name}")
        if network.rule and network.rule not in RULES:
            raise unknown("rule for several references", network.rule, RULES)
        self.network, self.learner = network, learner
        self.prepare = Preparation(network.spec.dataset, network.shape)

    @classmethod
    def load(cls, named: str | Path = CHARACTERS, *, best: str = "", results: str | Path = RESULTS) -> "Verifier":
        """The verifier of a run's id, of a file, or of the best cell of the suite `best`, by accuracy on val.

        Without a name it is the one in the package, for handwritten characters. Raises `RequestError` for a network
        that is not there, is damaged, or has parts that have changed since.
        """
        check_type("named", named, str | Path)
        if best and named != CHARACTERS:
            raise RequestError(f"expected a network or the best of a suite, got both {named} and {best}")
        if best:
            return cls(read_network(best_network(best, Path(results))))
        if named == CHARACTERS:
            return cls(read_network(PACKAGED))
        return cls(read_network(find_network(named, Path(results))))

    @classmethod
    def trained(cls, record: RunRecord, learner: Learner) -> "Verifier":
        """The verifier of the record and the learner that `fewshot.train` returns.

        The pairs of a record of stage "val" give the thresholds and the calibration.
        """
        network = network_of(record, learner)
        if record.spec.stage == "val" and record.same and record.different:
            found = choose(record.same, record.different)
            network = replace(network, points=found.points, calibration=found.calibration)
        return cls(network)

    def save(self, file: str | Path) -> None:
        """Write the network, whole or not at all. Raises `RequestError` if there can be no file."""
        check_type("file", file, str | Path)
        check_place(Path(file))
        write_whole(Path(file), to_bytes(self.network))

    def summary(self) -> dict[str, str]:
        """The network's run, its images, the data learned from, and the thresholds by name."""
        spec = self.network.spec
        shape = " × ".join(map(str, self.network.shape))
        found = {"network": spec.id, "images": shape, "of": spec.dataset.name}
        return found | {"thresholds": ", ".join(self.network.points) or "none"}

    @cached_property
    def id(self) -> str:
        """The id of the network's run and a digest of its weights: of equal ids, equal images have equal embeddings."""
        name = self.network.spec.id
        return f"{name}-{digest_of(name, self.network.tensors)[:12]}"

    @property
    def rule(self) -> str:
        """How several references of one class are compared: the rule chosen on val, or else their mean score."""
        return self.network.rule or mean_score.__name__

    def embed(self, images: Images) -> Embeddings:
        """The embeddings of one image or of several: files, PIL images, arrays or tensors of any size.

        Raises `RequestError` for a value that is no image, and `Unusable`, a kind of it, for one that cannot be used.
        """
        return torch.stack([usable(one) for one in self.templates(images)])

    def templates(self, images: Images, *, found: bool = False) -> Iterator[Template]:
        """The template of each image; those that cannot be used have none.

        Raises `RequestError` for a value that is no image, but not for a file that was only `found` in a folder.
        """
        prepared = self.prepare(images, found=found)
        count = at_once(*self.network.shape[1:])
        some: list[Prepared] = [*islice(prepared, count)]
        if not some:
            raise RequestError("expected at least one image, got none")
        while some:
            pixels = [one.pixels for one in some if one.pixels is not None]
            with measuring():
                rows = iter(self.learner.embed(torch.stack(pixels)).float() if pixels else ())
            for one in some:
                yield Template(one.name, None if one.pixels is None else next(rows), one.change, one.digest)
            some = [*islice(prepared, count)]

    def score(self, a: Images, b: Images) -> Float[Tensor, "*pair"]:
        """The score of the images `a` beside those of `b`, one by one; more alike images score higher.

        It is one number for two images, and one for each pair if `a` or `b` or both are several.
        """
        left, right = self.embed(a), self.embed(b)
        if 1 not in (len(left), len(right)) and len(left) != len(right):
            raise RequestError(f"expected as many images on both sides, or one, got {len(left)} and {len(right)}")
        count = max(len(left), len(right))
        found = self.compare(left.expand(count, -1), right.expand(count, -1))
        return found[0] if is_one(a) and is_one(b) else found

    def probability(self, a: Images, b: Images, *, prior: float = 0.5) -> Float[Tensor, "*pair"]:
        """The probability that the images show the same class, where a share `prior` of all pairs does."""
        check_prior(prior)
        if not self.network.calibration:
            raise RequestError(f"network {self.network.spec.id} has no calibration on val, and so no probabilities")
        slope, offset = self.network.calibration
        return torch.sigmoid(slope * self.score(a, b) + offset + math.log(prior / (1 - prior)))

    def same(self, a: Images, b: Images, *, at: str = EQUAL, threshold: float | None = None) -> Bool[Tensor, "*pair"]:
        """Whether the images show the same class: whether the score is at least a threshold.

        `at` names one that was chosen on val: "eer", or "fmr=0.01" for one false match in a hundred.
        """
        return self.score(a, b) >= self.threshold(at, threshold)[0]

    def verdicts(
        self,
        references: Iterable[Template],
        probes: Iterable[Template],
        *,
        at: str = EQUAL,
        threshold: float | None = None,
        prior: float = 0.5,
    ) -> Iterator[Verdict]:
        """The verdict on each probe beside all references, which are of one class and are compared by `rule`.

        Raises `RequestError` without references.
        """
        check_prior(prior)
        references, probes = [*references], [*probes]
        if not references:
            raise RequestError("references: expected one or more, got none")
        limit, chosen = self.threshold(at, threshold)
        names = tuple(one.name for one in references)
        rule = self.rule if len(references) > 1 else ""
        chosen += SINGLE * (bool(rule) and threshold is None)
        if bad := [one for one in references if one.embedding is None]:
            reason = f"{bad[0].name}: {bad[0].change}"
            yield from (Verdict(names, one.name, UNDETERMINED, prior=prior, reason=reason) for one in probes)
            return
        there = [one.embedding for one in probes if one.embedding is not None]
        known = torch.stack([usable(one) for one in references])
        scores = iter(self.against(known, torch.stack(there)).tolist() if there else ())
        for one in probes:
            if one.embedding is None:
                yield Verdict(names, one.name, UNDETERMINED, prior=prior, reason=f"{one.name}: {one.change}")
                continue
            score = next(scores)
            verdict = MATCH if score >= limit else NON_MATCH
            evidence = self.network.evidence(score, prior)
            yield Verdict(names, one.name, verdict, score, *evidence, prior, limit, chosen, rule=rule)

    @measuring()
    def against(self, references: Float[Tensor, "reference dim"], probes: Embeddings) -> Float[Tensor, " image"]:
        """The score of each probe beside all references, which are of one class, by `rule`; all are embedded."""
        rule = RULES[self.rule]
        return self._finite(rule(self.learner.verify, references[None, None], probes[None, None])[0, 0, :, 0])

    @measuring()
    def compare(self, references: Embeddings, probes: Embeddings) -> Float[Tensor, " image"]:
        """The score of each reference beside the probe in its place, both embedded."""
        return self._finite(self.learner.verify(references[:, None, None], probes[:, None, None])[:, 0, 0, 0])

    def threshold(self, at: str = EQUAL, threshold: float | None = None) -> tuple[float, str]:
        """A threshold and its origin in words: the given one, or that which `at` names.

        Raises `RequestError` for an unknown name, and for a network without thresholds.
        """
        return self.network.threshold(at, threshold)

    def _finite(self, scores: Float[Tensor, " image"]) -> Float[Tensor, " image"]:
        if not scores.isfinite().all():
            raise RequestError(f"network {self.network.spec.id}: expected finite scores, got others")
        return scores
