"""`Subject`: a record, the images that it was measured on, and its network where that is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from fewshot.core.device import measuring
from fewshot.core.errors import RequestError
from fewshot.core.types import EmbeddingLearner, Learner
from fewshot.evaluation.scorer import embed_bank
from fewshot.inspection.images import plain_images
from fewshot.records.kept import weights_file
from fewshot.records.record import RunRecord
from fewshot.records.store import RESULTS
from fewshot.reporting.mistakes.page import Images
from fewshot.tasks.measured_images import MeasuredImages, measured_images
from fewshot.verification.network import Network, learner_of
from fewshot.verification.network_file import read_network
from fewshot.verification.verifier import PACKAGED

NO_NETWORK = "needs the record's network: fewshot run SUITE --weights trains a recorded one again"


@dataclass(frozen=True, eq=False)
class Subject:
    """A record with its images, and its network or None."""

    record: RunRecord
    found: MeasuredImages
    network: Network | None

    @cached_property
    def images(self) -> Images:
        """The images as plain values."""
        return plain_images(self.found, self.record.spec)

    @cached_property
    def learner(self) -> Learner:
        """The network's learner. Raises `RequestError` if no network is kept."""
        if not self.network:
            raise RequestError(NO_NETWORK)
        return learner_of(self.network)

    @measuring()
    def embed(self, numbers: Sequence[int]) -> Float[np.ndarray, "image dim"]:
        """The embeddings of the images with these numbers. Raises `RequestError` for a network that embeds none."""
        if not isinstance(learner := self.learner, EmbeddingLearner):
            raise RequestError(f"needs a network that embeds images, got the learner {self.record.spec.learner.name}")
        return embed_bank(learner, self.found.bank.part(torch.tensor([*numbers]), "to be embedded")).numpy()


def look_at(record: RunRecord, folders: Sequence[Path], results: Path = RESULTS) -> Subject:
    """A record with its images, and its network if `results` keeps it or the package holds it.

    Raises `RequestError` if the images in `folders` are not those of the record.
    """
    return Subject(record, measured_images(record, folders), kept_network(record.id, results))


def has_network(name: str, results: Path = RESULTS) -> bool:
    """Whether there is a network of the run with this id, which is not read."""
    return weights_file(results, name).exists() or _packaged().spec.id == name


def kept_network(name: str, results: Path = RESULTS) -> Network | None:
    """The network of the run with this id: that in a results folder, or the package's own; None without any."""
    if (file := weights_file(results, name)).exists():
        return read_network(file)
    return own if (own := _packaged()).spec.id == name else None


@cache
def _packaged() -> Network:
    return read_network(PACKAGED)
