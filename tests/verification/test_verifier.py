"""A network in use: embeddings as in training, scores as in the evaluation, verdicts, and refusals."""

import math
import pickle
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

import fewshot
from fewshot.core.errors import RequestError
from fewshot.core.statistics.operating_points import choose
from fewshot.evaluation.scorer import Scorer
from fewshot.protocols import load_protocol
from fewshot.tasks.fixed import verification_pairs
from fewshot.verification.images import Unusable
from fewshot.verification.verdict import named_point
from fewshot.verification.verifier import RULES, Verifier


@pytest.fixture(scope="module")
def bank():
    return fewshot.load_split("typefaces", "scripts", "val", size=28)


@pytest.fixture
def verifier(small_network) -> Verifier:
    return Verifier(small_network)


def changed(verifier: Verifier, **fields) -> Verifier:
    return Verifier(replace(verifier.network, **fields))


def test_pairs_of_test_choose_nothing():
    record, learner = fewshot.train("triplet", stage="test", steps=2, progress=False)
    found = Verifier.trained(record, learner).network
    assert (found.points, found.calibration) == (record.points, record.calibration)
    assert found.points != choose(record.same, record.different).points


def test_an_image_is_embedded_as_in_the_evaluation(verifier, bank, tmp_path):
    some = bank.pixels[::97]
    expected = verifier.learner.embed(some.float() / 255)
    files = [tmp_path / f"{number}.png" for number in range(len(some))]
    for file, (pixels,) in zip(files, some.numpy(), strict=True):
        Image.fromarray(255 - pixels).save(file)
    for images in (some, some.float() / 255, files, [Image.open(file) for file in files], [*some[:, 0].numpy()]):
        assert torch.equal(verifier.embed(images), expected)
    assert verifier.embed(files[0]).shape == (1, expected.shape[1])


def test_pairs_score_as_in_the_evaluation(verifier, bank):
    pairs = verification_pairs(bank, load_protocol("scripts"), "val")
    expected = Scorer(verifier.learner, bank).pairs(pairs)
    for rows, scores in zip((pairs.same, pairs.different), expected, strict=True):
        left, right = rows[:40].T
        torch.testing.assert_close(verifier.score(bank.pixels[right], bank.pixels[left]), torch.tensor(scores[:40]))


def test_one_image_beside_one_or_several(verifier, bank):
    one, several = bank.pixels[0], bank.pixels[:48:16]
    assert verifier.score(one, several[1]).shape == ()
    assert torch.allclose(verifier.score(one, several)[1], verifier.score(one, several[1]))
    assert verifier.score(several, several).shape == (3,)
    with pytest.raises(RequestError, match="as many images on both sides, or one, got 3 and 2"):
        verifier.score(several, several[:2])


def test_probability_and_threshold(verifier, bank):
    one, other = bank.pixels[0], bank.pixels[16]
    score = float(verifier.score(one, other))
    verifier = changed(verifier, calibration=(2.0, 1.0), points={"eer": score, "fmr=0.01": score + 1e-3})
    assert float(verifier.probability(one, other)) == pytest.approx(1 / (1 + math.exp(-2 * score - 1)))
    assert float(verifier.probability(one, other, prior=0.1)) == pytest.approx(1 / (1 + 9 * math.exp(-2 * score - 1)))
    assert verifier.same(one, other)
    assert not verifier.same(one, other, at="fmr=1e-2")
    assert bool(verifier.same(one, other, threshold=0)) == (score >= 0)
    assert named_point("fmr=1e-2") == "fmr=0.01"
    with pytest.raises(RequestError, match=r"at: expected str, got 0.01"):
        verifier.same(one, other, at=0.01)


def test_a_network_is_saved_to_a_file_alone(verifier, tmp_path):
    for file, message in ((tmp_path, "expected a file to write, got a folder"), (None, "expected str")):
        with pytest.raises(RequestError, match=message):
            verifier.save(file)


def test_the_points_of_a_training_are_those_of_its_pairs_on_val(verifier):
    record, learner = fewshot.train("triplet", steps=2, progress=False)
    found = Verifier.trained(record, learner)
    limit = found.threshold()[0]
    missed, false = np.mean(np.array(record.same) < limit), np.mean(np.array(record.different) >= limit)
    assert missed == pytest.approx(false, abs=0.01)
    ratios = np.array([found.network.calibration]) @ [[np.mean(record.same)], [1]]
    assert ratios > 0


def test_a_verifier_is_loaded_as_it_was_saved(verifier, bank, tmp_path):
    verifier.save(tmp_path / "ä.safetensors")
    again = Verifier.load(tmp_path / "ä.safetensors")
    assert torch.equal(again.embed(bank.pixels[:3]), verifier.embed(bank.pixels[:3]))
    assert again.network.points == verifier.network.points


def test_several_references_follow_the_rule_of_the_network(verifier, bank):
    references, probe = verifier.embed(bank.pixels[:32:16]), verifier.embed(bank.pixels[[40, 5, 17]])
    single = torch.stack([verifier.compare(references, one.expand(2, -1)) for one in probe])
    mean = verifier.compare(references.mean(0).expand(3, -1), probe)
    expected = {"mean_score": single.mean(1), "max_score": single.amax(1), "mean_embedding": mean}
    for rule in RULES:
        torch.testing.assert_close(changed(verifier, rule=rule).against(references, probe), expected[rule])
    assert changed(verifier, rule="").rule == "mean_score"


def test_of_an_image_that_cannot_be_used_nothing_follows(verifier, bank):
    blank = np.full((40, 40), 255, np.uint8)
    with pytest.raises(Unusable, match="image 2: blank"):
        verifier.score(bank.pixels[0], [bank.pixels[1], blank])
    good, bad = (list(verifier.templates(image)) for image in (bank.pixels[0], blank))
    for references, probes in ((good, bad), (bad, good)):
        (found,) = verifier.verdicts(references, probes, threshold=0.0)
        assert (found.verdict, found.score, found.probability) == ("undetermined", None, None)
        assert str(found).startswith("undetermined: image 1: blank")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda one, a: one.embed([]), "at least one image, got none"),
        (lambda one, a: one.embed(a[:0]), "at least one image, got none"),
        (lambda one, a: one.same(a[0], a[1], at="fmr=0.5"), "unknown threshold 'fmr=0.5': .*expected one of eer, fmr"),
        (lambda one, a: one.same(a[0], a[1], threshold=math.nan), "threshold: expected a number"),
        (lambda one, a: one.probability(a[0], a[1], prior=1.0), "prior: expected a probability between 0 and 1"),
        (lambda one, a: one.probability(a[0], a[1], prior=math.nan), "prior: expected a probability"),
        (lambda one, a: changed(one, points={}).same(a[0], a[1]), "has no threshold chosen on val"),
        (lambda one, a: changed(one, calibration=None).probability(a[0], a[1]), "has no calibration"),
        (lambda one, a: Verifier.load("nothing.safetensors"), "nothing.safetensors: expected the file of a network"),
        (lambda one, a: Verifier.load("a" * 12, best="quickstart"), "got both"),
        (lambda one, a: Verifier.load(None), "named: expected"),
    ],
)
def test_wrong_requests_are_refused(verifier, bank, call, message):
    with pytest.raises(RequestError, match=message):
        call(verifier, bank.pixels)


def test_a_learner_whose_scores_are_of_tasks_compares_no_pairs(verifier, monkeypatch):
    monkeypatch.setattr(type(verifier.learner), "verify", None)
    monkeypatch.delattr(type(verifier.learner), "verify")
    with pytest.raises(RequestError, match="a network that scores pairs alone, got the learner siamese"):
        Verifier(verifier.network)


def test_a_verifier_that_was_used_can_be_sent_to_another_process():
    verifier = Verifier.load()
    images = torch.ones(2, 1, 105, 105)
    images[:, :, 30:60, 40:45] = 0
    before = verifier.embed(images)
    assert torch.equal(pickle.loads(pickle.dumps(verifier)).embed(images), before)
