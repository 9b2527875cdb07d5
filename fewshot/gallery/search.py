"""`Index`: the exact scores of a probe beside all identities of a gallery, block by block."""

import numpy as np
import torch
from jaxtyping import Float32

from fewshot.core.device import measuring, threads
from fewshot.evaluation.reference_rule import max_score, mean_embedding
from fewshot.gallery.rows import Contents
from fewshot.verification.verifier import Verifier

BLOCK = 2**20  # numbers of embeddings compared at once, about: the processor's cache holds them


class Index:
    """The identities of a gallery by name, and their scores by the verifier's own similarity and rule."""

    def __init__(self, verifier: Verifier, contents: Contents) -> None:
        numbers = {name: number for number, name in enumerate(sorted({*contents.identities}))}
        owner = np.fromiter(map(numbers.__getitem__, contents.identities), np.int64, len(contents.identities))
        order = np.argsort(owner, kind="stable")
        self.names = (*numbers,)
        self.first = np.searchsorted(owner[order], np.arange(len(numbers)))  # of each identity, in `rows`
        self.verifier, self.images = verifier, len(order)
        rows = contents.embeddings[order] if (np.diff(order) != 1).any() else contents.embeddings
        self.rows = self._mean(rows) if verifier.rule == mean_embedding.__name__ else rows

    @measuring()
    def scores(self, probe: torch.Tensor) -> Float32[np.ndarray, " identity"]:
        """The score of an embedded probe beside each identity."""
        rows = torch.from_numpy(self.rows).split(max(1, BLOCK // self.rows.shape[1]))
        with threads(1):  # several wait for each other at each short block of rows
            found = torch.cat([self.verifier.compare(some, probe.expand(len(some), -1)) for some in rows]).numpy()
        if len(found) == len(self.names):
            return found
        return np.maximum.reduceat(found, self.first) if self.verifier.rule == max_score.__name__ else self._mean(found)

    def _mean(self, rows: np.ndarray) -> np.ndarray:
        """The mean of the rows of each identity."""
        if self.images == len(self.names):
            return rows
        counts = np.diff(self.first, append=self.images).reshape(-1, *(1,) * (rows.ndim - 1))
        return np.add.reduceat(rows, self.first) / counts.astype(rows.dtype)
