"""Embeddings in the plane: images of some test classes by the two directions in which their embeddings vary most."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from fewshot.inspection.subject import Subject


@dataclass(frozen=True)
class Plane:
    """Images by number, the place of each in the plane, and the share of the variance that each of its axes holds."""

    images: list[int]
    points: Float[np.ndarray, "image 2"]
    share: tuple[float, float]


def embedded_in_plane(subject: Subject, classes: Sequence[int], most: int = 20) -> Plane:
    """The first `most` images of each of these classes, by number in the record, in the plane of their embeddings.

    Forgeries are left out. A similarity by angles compares embeddings of length 1, so that the plane is of these.
    Raises `RequestError` without a network.
    """
    of_class, forged = {one: [] for one in classes}, subject.found.bank.forged.tolist()
    for image, label in enumerate(subject.images.label):
        if label in of_class and len(of_class[label]) < most and not forged[image]:
            of_class[label].append(image)
    images = [image for some in of_class.values() for image in some]
    rows, similarity = subject.embed(images), subject.record.spec.similarity
    if similarity and similarity.name == "cosine":
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True).clip(1e-12)
    return Plane(images, *in_plane(rows))


def evenly(many: int, most: int) -> list[int]:
    """The numbers of at most `most` of so many classes, evenly apart in their list: no answer has a say."""
    return sorted({round(number) for number in np.linspace(0, many - 1, min(most, many)).tolist()})


def in_plane(rows: Float[np.ndarray, "row dim"]) -> tuple[Float[np.ndarray, "row 2"], tuple[float, float]]:
    """Rows by their first two principal components, and the share of the variance that each holds.

    The sign of a component is that by which its largest entry is positive; rows that vary in fewer have zeros.
    """
    centred = rows.astype(np.float64) - rows.mean(0, dtype=np.float64)
    _, lengths, components = np.linalg.svd(centred, full_matrices=False)
    variance, two = lengths**2, components[:2]
    signs = np.sign(two[np.arange(len(two)), np.abs(two).argmax(1)])
    points = np.zeros((len(rows), 2))
    points[:, : len(two)] = centred @ (two * signs[:, None]).T
    shares = [*(variance[:2] / max(variance.sum(), 1e-300)), 0.0, 0.0]
    return points, (float(shares[0]), float(shares[1]))
