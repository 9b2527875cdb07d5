"""`Gallery`: enrolled identities with which a verifier compares probes, in one file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fewshot.core.checks import check_number, check_type
from fewshot.core.described import Described
from fewshot.core.errors import RequestError
from fewshot.gallery.identification import (
    CANDIDATE,
    NOBODY,
    UNDETERMINED,
    Candidate,
    Identification,
    best_of,
    probabilities,
)
from fewshot.gallery.names import identity_name
from fewshot.gallery.rows import Contents, Entry
from fewshot.gallery.search import Index
from fewshot.gallery.store import Store
from fewshot.verification.template import Template
from fewshot.verification.verdict import check_prior
from fewshot.verification.verifier import Verifier

POINT = "fmr=0.01"  # of one comparison


@dataclass(frozen=True)
class Enrolled:
    """The numbers of images that an enrolment added and that were there before, and the failures to enrol."""

    added: int
    there: int
    failed: tuple[Template, ...]


class Gallery(Described):
    """Enrolled identities in a file, compared by a verifier; the file is made by the first enrolment.

    >>> import tempfile
    >>> import fewshot
    >>> verifier = fewshot.Verifier.load()
    >>> letters = fewshot.load_split("typefaces", "scripts", "val").pixels
    >>> gallery = fewshot.Gallery(tempfile.mkdtemp() + "/letters.gallery", verifier)
    >>> for name, first in (("alpha", 0), ("beta", 16)):
    ...     enrolled = gallery.enrol(name, verifier.templates(letters[first : first + 3]))
    >>> gallery
    Gallery(file: ...letters.gallery, network: ..., identities: 2, images: 6)
    >>> [found.candidates[0].identity for found in gallery.identify(verifier.templates(letters[[4, 20]]))]
    ['alpha', 'beta']
    """

    def __init__(self, file: str | Path, verifier: Verifier) -> None:
        check_type("file", file, str | Path)
        self.store, self.verifier = Store(file), verifier

    def summary(self) -> dict[str, str]:
        """The file, the verifier, and the numbers of identities and images."""
        found = {"file": str(self.store.file), "network": self.verifier.id}
        if not self.store.file.exists():
            return found | {"identities": "0", "images": "0"}
        names = self._contents().identities
        return found | {"identities": f"{len({*names}):,}", "images": f"{len(names):,}"}

    def enrol(self, name: str, templates: Iterable[Template]) -> Enrolled:
        """Enrol the images that can be used, all or none; the others are failures to enrol.

        An image that this identity has already is left out. Raises `RequestError` for one that is enrolled as another
        identity, where no image can be used, and for a gallery of another network; then nothing is enrolled.
        """
        name, given = identity_name(name), [*templates]
        failed = tuple(one for one in given if one.embedding is None)
        entries = [Entry(one.name, one.digest, one.embedding.numpy()) for one in given if one.embedding is not None]
        if not entries:
            why = f": {failed[0].name}: {failed[0].change}" if failed else ""
            raise RequestError(f"{name}: expected images that can be used, got none{why}")
        added = self.store.add(self.verifier.id, name, entries)
        return Enrolled(added, len(entries) - added, failed)

    def identify(
        self,
        probes: Iterable[Template],
        *,
        top: int = 5,
        at: str = POINT,
        threshold: float | None = None,
        prior: float = 0.5,
    ) -> Iterator[Identification]:
        """The best `top` candidates for each probe: the identities that score at least the threshold.

        `prior` is the share of probes that show somebody of the gallery. Raises `RequestError` for a gallery of another
        network or without anybody in it.
        """
        check_prior(prior)
        check_type("top", top, int)
        check_number("top", top, 1, None)
        limit, chosen = self.verifier.threshold(at, threshold)
        contents = self._contents()
        if not contents.numbers:
            raise RequestError(f"{self.store.file}: expected somebody enrolled, got an empty gallery")
        index = Index(self.verifier, contents)
        rule = self.verifier.rule if len(contents.numbers) > len(index.names) else ""
        about = {"identities": len(index.names), "prior": prior, "threshold": limit, "chosen": chosen, "rule": rule}
        for one in probes:
            yield _identified(index, one, top, about)

    def _contents(self) -> Contents:
        """The contents. Raises `RequestError` if they are of another network."""
        found, own = self.store.read(), self.verifier.id
        if found.network not in ("", own):
            raise RequestError(
                f"{self.store.file}: expected a gallery of the network {own}, got one of {found.network}"
            )
        return found


def _identified(index: Index, probe: Template, top: int, about: dict) -> Identification:
    if probe.embedding is None:
        return Identification(probe.name, UNDETERMINED, reason=f"{probe.name}: {probe.change}", **about)
    scores, calibration = index.scores(probe.embedding), index.verifier.network.calibration
    places, shares, nobody = best_of(index.names, scores, top), None, None
    if calibration:
        slope, offset = calibration
        shares, nobody = probabilities(slope * scores.astype(np.float64) + offset, about["prior"])
    found = tuple(
        Candidate(index.names[place], float(scores[place]), None if shares is None else float(shares[place]))
        for place in places
        if float(scores[place]) >= about["threshold"]
    )
    outcome = CANDIDATE if found else NOBODY
    return Identification(probe.name, outcome, found, float(scores[places[0]]), nobody, **about)
