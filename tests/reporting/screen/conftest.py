"""Records of a made-up suite with trials, and a page of them."""

from dataclasses import replace

import numpy as np
import pytest

from fewshot.records.answers import trials_of
from fewshot.reporting.mistakes.page import Images
from fewshot.reporting.mistakes.sections import sections_of
from fewshot.reporting.screen.method import Seen
from fewshot.reporting.screen.page import suite_page
from fewshot.reporting.screen.tasks import Answered
from fewshot.reporting.summary import marked_apart, summarise
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

EVIL = "</style><script>evil = 1</script>\"'&"
TASK = "5-way 1-shot"


@pytest.fixture(scope="session")
def make_seen():
    """Makes what is seen of a record with trials on `way` classes, of made-up drawings, with embeddings at random."""

    def make(record, runs=2, way=5, side=8):
        draw = np.random.default_rng(0)
        classes = tuple(f"Group{number}/{EVIL}{number}" for number in range(runs * way))
        image = np.arange(2 * runs * way)  # two images a class
        support, query = (image.reshape(runs, way, 2)[..., [at]] for at in (0, 1))
        right = np.eye(way)[None] + draw.normal(0, 0.3, (runs, way, way))
        trials = trials_of((support[..., 0] // 2).tolist(), right.tolist())
        pairs = [(int(one), int(one) + 1) for one in image[::2]]
        images = Images(
            np.where(draw.random((len(image), 1, side, side)) < 0.1, 255, 0).astype(np.uint8),
            [f"{EVIL}{number}.png" for number in image],
            classes,
            (image // 2).tolist(),
            {TASK: (support.tolist(), query.tolist())},
            same=(pairs * 50)[:50],
            different=([(one + 1, (one + 2) % len(image)) for one, _ in pairs] * 50)[:50],
            ink=True,
        )
        own = replace(record, answers={TASK: trials}, accuracy={TASK: trials.accuracy()}, classes=classes)
        tasks = Answered(TASK, trials, support.tolist(), query.tolist(), runs)
        shown = image[:200]
        places = draw.normal(size=(len(shown), 2))
        return Seen(
            record.id, images, sections_of(own, images, 4), (tasks,), places, tuple(shown.tolist()), (0.5, 0.25)
        )

    return make


@pytest.fixture(scope="session")
def page(make_record, make_seen):
    """A page of three methods with two seeds each, the first of them seen with its images, and the methods."""
    specs = [replace(spec, seed=seed) for spec in read_suite("quickstart").specs[:3] for seed in (0, 1)]
    records = [make_record(spec, seed=number) for number, spec in enumerate(specs)]
    records = [replace(one, facts={"commit": EVIL}) for one in records]
    missing = [(read_suite("quickstart").specs[3], f"failed: {EVIL}")]
    table = make_table(EVIL, EVIL, records, missing=missing)
    methods = {one.spec.id: one for one in marked_apart(summarise(records, missing))}
    ordered = [methods[name] for name in table.methods]
    seen = {ordered[0].spec.id: make_seen(ordered[0].records[0]), ordered[1].spec.id: Seen(lacks=(f"{EVIL} lacks",))}
    return suite_page(table, ordered, seen), ordered
