"""Records of the suite `pitfalls`, made up: a fixed effect of each mistake on every episode and alphabet."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from fewshot.records.answers import ClassCounts
from fewshot.records.record import RunRecord
from fewshot.registry.pitfalls import CONSTANT, MEASURED, mistaken
from fewshot.suites.suite import read_suite

TASK, RIGHT, EFFECTS = "20-way 1-shot", 0.8, {name: place / 100 for place, name in enumerate(MEASURED)}
CLASSES = tuple(f"alphabet{number // 8}/character{number}" for number in range(40))


def mistaken_records(make_record: Callable[..., RunRecord], seeds: int = 3) -> list[RunRecord]:
    """A record for each run of the suite; training on the measured classes gives 0.1 more, choosing a step 0.02."""
    found = []
    for spec in read_suite("pitfalls", seeds=seeds).specs:
        draw = np.random.default_rng(spec.seed)
        of_class, right = draw.normal(0, 0.02, len(CLASSES)), RIGHT + 0.01 * spec.seed
        shares = {TASK: right + {"measured_in_training": 0.1, "selected_on_measured": 0.02}.get(spec.pitfalls[0], 0.0)}
        if spec.pitfalls[0] in MEASURED:
            shares |= {mistaken(TASK, name): right - EFFECTS[name] for name in MEASURED}
            shares |= {f"{TASK}, {CONSTANT}": 0.05, mistaken(TASK, "constant_ties"): 1.0}
        record = make_record(spec)
        accuracy, answers = {}, {}
        for task, share in shares.items():
            apart = (of_class - of_class.mean()) * (0.05 < share < 1)
            rights = (60 * (share + apart)).tolist()
            answers[task] = ClassCounts(20, True, [60] * len(CLASSES), rights, [20 * one for one in rights], [])
            accuracy[task] = [sum(rights) / (60 * len(CLASSES))] * 40
        found.append(replace(record, accuracy=accuracy, answers=answers, classes=CLASSES))
    return found
