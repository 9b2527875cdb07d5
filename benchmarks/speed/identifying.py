"""Seconds of a probe's comparison with a gallery of many embeddings, and of reading its file.

`uv run python benchmarks/speed/identifying.py [--embeddings 10000 100000 1000000]`: made-up embeddings of 64 numbers,
an identity each, compared by the cosine as in `fewshot identify`; the median of seven probes. The best identity is held
against that of one matrix product in float64.
"""

import argparse
import hashlib
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn

from fewshot.gallery.identification import best_of
from fewshot.gallery.rows import Contents, Entry
from fewshot.gallery.search import Index
from fewshot.gallery.store import Store
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.cosine import cosine
from fewshot.verification.verifier import Verifier

DIM, PROBES = 64, 7


class ByCosine(Verifier):
    """A verifier of embeddings alone."""

    rule = "mean_embedding"  # pyright: ignore[reportAssignmentType]

    def __init__(self) -> None:
        self.learner = siamese(nn.Identity(), cosine((DIM,)))


def gallery(count: int) -> Contents:
    """Made-up contents with an identity for each image."""
    rows = np.random.default_rng(count).normal(size=(count, DIM)).astype(np.float32)
    numbers = (*range(1, count + 1),)
    names = tuple(f"{number:07d}" for number in numbers)
    return Contents("made up", numbers, names, names, (b"",) * count, rows)


def seconds_of_a_probe(contents: Contents) -> tuple[float, float]:
    """The median seconds of a comparison with all, and of the processor time. Raises `AssertionError` for other answers
    than those of a matrix product."""
    index = Index(ByCosine(), contents)
    probes = torch.from_numpy(np.random.default_rng(0).normal(size=(PROBES, DIM)).astype(np.float32))
    unit = contents.embeddings / np.linalg.norm(contents.embeddings.astype(np.float64), axis=1, keepdims=True)
    walls, processors = [], []
    for probe in (probes[0], *probes):  # the first once more, to warm up
        start = time.perf_counter(), time.process_time()
        found = best_of(index.names, index.scores(probe), 5)
        walls.append(time.perf_counter() - start[0])
        processors.append(time.process_time() - start[1])
        assert found[0] == (unit @ probe.double().numpy()).argmax()
    return statistics.median(walls[1:]), statistics.median(processors[1:])


def seconds_of_reading(contents: Contents) -> tuple[float, float]:
    """The seconds of enrolling all images in one transaction, and of reading them."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "gallery")
        digests = (hashlib.sha256(name.encode()).digest() for name in contents.files)
        rows = zip(contents.files, digests, contents.embeddings, strict=True)
        entries = [Entry(*row) for row in rows]
        start = time.perf_counter()
        store.add("made up", "one", entries)
        middle = time.perf_counter()
        assert len(store.read().numbers) == len(entries)
        return middle - start, time.perf_counter() - middle


def main() -> None:
    """Print a row for each number of embeddings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--embeddings", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    print("| embeddings | ms a probe | of processor | s to enrol | s to read |")
    print("|---|---|---|---|---|")
    for count in parser.parse_args().embeddings:
        contents = gallery(count)
        wall, processor = (1000 * one for one in seconds_of_a_probe(contents))
        enrol, read = seconds_of_reading(contents)
        print(f"| {count:,} | {wall:.3g} | {processor:.3g} | {enrol:.3g} | {read:.3g} |", flush=True)


if __name__ == "__main__":
    main()
