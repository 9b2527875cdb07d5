"""A made-up suite with records, for all tests of figures."""

from dataclasses import replace

import pytest
from probes import with_answers, with_gallery

from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.reporting.figures.draw import draw_figures
from fewshot.reporting.figures.given import Given
from fewshot.suites.search.choice import Choice
from fewshot.suites.suite import read_suite

LONG = {"alpha": 2.0, "beta": 50.0, "base": 0.5, "mining": "semihard"}
PUBLISHED = (
    {"method": "Matching networks with full context embeddings", "task": "20-way 1-shot", "accuracy": 93.8,
     "half_width": 0.4, "source": "Vinyals et al. 2016, table 1", "note": "another split, " * 8, "trust": "quoted"},
    {"method": "people", "task": "20-way 1-shot", "accuracy": 95.5, "source": "Lake et al. 2015"},
    {"method": "others", "task": "3-way 7-shot", "accuracy": 99.0, "source": "nobody"},
)  # fmt: skip


@pytest.fixture(scope="session")
def suite():
    return replace(read_suite("quickstart"), name="made-up", title="A made-up suite", published=PUBLISHED)


@pytest.fixture(scope="session")
def records(make_record):
    """Two networks × three losses × two seeds, and a training-free method."""
    losses = (("verification", "weighted_l1", {}), ("triplet", "euclidean", {}), ("multi_similarity", "cosine", LONG))
    networks = (Part("conv4"), Part("conv4", {"widths": [64, 128, 128, 256], "pooling": "max"}))
    specs = [
        RunSpec(Part("omniglot"), Part("lake"), "test", 28, Part("siamese"), Part(similarity), network,
                Part(loss, options), training=Recipe(), seed=seed)
        for network in networks for loss, similarity, options in losses for seed in (0, 1)
    ]  # fmt: skip
    specs.append(RunSpec(Part("omniglot"), Part("lake"), "test", 105, Part("pixels"), Part("cosine")))
    found = [with_answers(with_gallery(make_record(spec, seed=number))) for number, spec in enumerate(specs)]
    return [*found[:-1], replace(found[-1], curve=[])]


@pytest.fixture(scope="session")
def given(suite, records):
    """The suite with its records, and with choices as of searches for the trained ones."""
    choice = Choice({}, frozenset(), "3 points trained for 10 steps", 0.8, 0.7)
    return Given(suite, records, {record.id: choice for record in records[:-1]})


@pytest.fixture(scope="session")
def drawn(given, tmp_path_factory):
    """A folder with every figure of the made-up suite."""
    folder = tmp_path_factory.mktemp("figures")
    return folder / "made-up", draw_figures(given, folder)
