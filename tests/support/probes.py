"""Records with more than a made-up one has: probes of a gallery, answers by class, thresholds."""

from dataclasses import replace

import numpy as np

from fewshot.records.answers import ClassCounts, Identified
from fewshot.records.record import RunRecord


def with_gallery(record: RunRecord, references: int = 1, size: int = 40) -> RunRecord:
    """The record with probes of a gallery, of which those that are not found first score below another."""
    draw = np.random.default_rng(record.spec.seed)
    own, other = draw.normal(1, 1, 2 * size), draw.normal(0, 1, 2 * size)
    rank = np.where(own > other, 1, draw.integers(2, size, 2 * size))
    found = Identified(references, size, [2] * size, rank.tolist(), own.tolist(), other.tolist())
    classes = tuple(f"group{number // 10}/class{number}" for number in range(size))
    return replace(record, classes=classes, identified=(found,))


def with_answers(record: RunRecord) -> RunRecord:
    """The record with answers by class to its tasks, a calibration and thresholds."""
    draw, number = np.random.default_rng(record.spec.seed), len(record.classes)
    answers = {}
    for task, values in record.accuracy.items():
        apart = draw.uniform(-0.02, 0.02, number)
        right = (60 * (np.mean(values) + apart - apart.mean())).tolist()
        answers[task] = ClassCounts(5, False, [60] * number, right, [5 * one for one in right], [(0, 11, 4), (1, 0, 3)])
    return replace(record, answers=answers, calibration=(1.0, 0.1), points={"eer": 0.1, "fmr=0.01": 1.2})
