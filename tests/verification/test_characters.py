"""The network in the package: its file, its pairs on characters that it never saw, and photographs of them."""

import numpy as np
import pytest
from PIL import Image

import fewshot
from fewshot.core.statistics.operating_points import POINTS
from fewshot.protocols import load_protocol
from fewshot.records.store import find_record
from fewshot.records.stored.text import read_record
from fewshot.suites.suite import read_suite
from fewshot.tasks.fixed import verification_tasks
from fewshot.verification.verifier import CHARACTERS, PACKAGED, Verifier

RECORDS = PACKAGED.parents[2] / "results"


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier.load()


def test_it_is_small_and_learned_from_the_training_classes_alone(verifier):
    protocol = load_protocol("lake")
    assert PACKAGED.stat().st_size < 2e6
    assert set(verifier.network.classes) == set(protocol.learned_from("train"))
    assert not set(verifier.network.classes) & {*protocol.learned_from("val"), *protocol.learned_from("test")}
    assert verifier.network.points.keys() == POINTS.keys()
    assert verifier.network.calibration[0] > 0


def test_it_is_of_the_recorded_run_whose_test_pairs_are_nine_in_ten_right(verifier):
    record = read_record(find_record(RECORDS, read_suite(CHARACTERS).specs[0]))
    assert verifier.network.spec == record.spec
    limit = record.points["eer"]
    right = np.concatenate([np.array(record.same) >= limit, np.array(record.different) < limit])
    assert right.mean() >= 0.9
    assert verifier.network.points["eer"] == pytest.approx(limit, abs=0.01)  # of halved weights


@pytest.mark.parametrize("kind", ["drawings", "photographs"])
def test_pairs_of_alphabets_that_it_never_saw(verifier, omniglot_data, kind):
    """Those of val, as the data has them and as photographs."""
    count, least = {"drawings": (300, 0.93), "photographs": (25, 0.86)}[kind]
    bank = fewshot.load_split("omniglot", "lake", "val", data=omniglot_data[0])
    drawn = verification_tasks(bank, load_protocol("lake"), "val")[:count]
    right = []
    for same, support, query in ((True, 0, 0), (False, 1, 2)):
        sides = []
        for image in (drawn.support[:, support, 0], drawn.query[:, query, 0]):
            drawings = [Image.fromarray(255 - one) for one in bank.pixels[image, 0].numpy()]
            sides.append(drawings if kind == "drawings" else [photograph(one) for one in drawings])
        right.append((verifier.same(*sides) == same).float().mean())
    assert float(sum(right) / 2) >= least


def photograph(drawing: Image.Image) -> Image.Image:
    """A drawing on grey paper, larger, off the middle, in light from one side."""
    large = np.asarray(drawing.resize((300, 300), Image.Resampling.BICUBIC)) / 255
    paper = np.ones((380, 420))
    paper[50:350, 20:320] = large
    light = np.linspace(0.5, 0.9, 420)
    grain = np.random.default_rng(0).normal(0, 0.02, paper.shape)
    return Image.fromarray((255 * ((0.3 + 0.7 * paper) * light + grain)).clip(0, 255).astype(np.uint8))
