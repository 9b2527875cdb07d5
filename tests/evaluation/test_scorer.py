"""The scores of drawn tasks: from embeddings made once, in chunks, and of embeddings that are refused."""

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.evaluation import scorer as module
from fewshot.evaluation.scorer import Scorer
from fewshot.models import at_once
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.hausdorff import hausdorff
from fewshot.models.learners.pixels import pixels
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.euclidean import euclidean
from fewshot.tasks.sampler import TaskSampler, gather

SHAPE = TaskShape(way=5, shot=2, query=3)


@pytest.fixture(scope="module")
def bank(glyph_bank):
    return glyph_bank(14, images=6, size=8)


def network(bank) -> siamese:
    torch.manual_seed(0)
    encoder = conv4(bank.shape, widths=(4, 6))
    return siamese(encoder, euclidean(encoder.shape))


@torch.inference_mode()
def test_scores_from_embeddings_made_once_are_those_of_the_images(bank):
    learner, drawn = network(bank), TaskSampler(bank, SHAPE).draw(0, "test", range(20))
    found = Scorer(learner, bank).all(drawn)
    one_by_one = torch.cat([learner.scores(gather(bank, drawn[i : i + 1])) for i in range(20)])
    torch.testing.assert_close(found, one_by_one, atol=1e-5, rtol=1e-5)


@torch.inference_mode()
@pytest.mark.parametrize("make", [network, lambda bank: pixels(euclidean(bank.shape)), lambda _: hausdorff()])
def test_the_size_of_a_chunk_changes_nothing(bank, make, monkeypatch):
    learner, drawn = make(bank), TaskSampler(bank, SHAPE).draw(0, "test", range(20))
    whole = Scorer(learner, bank).all(drawn)
    for room in (1, 2**13):
        monkeypatch.setattr(module, "_COMPARISONS", room)
        torch.testing.assert_close(Scorer(learner, bank).all(drawn), whole, atol=1e-5, rtol=1e-5)


def test_of_large_images_fewer_are_embedded_at_once(bank, monkeypatch):
    monkeypatch.setattr(at_once, "IMAGES", 50)
    for pixels_at_once, most in ((10 * 8 * 8, 10), (1000 * 8 * 8, 50), (1, 1)):
        monkeypatch.setattr(at_once, "PIXELS", pixels_at_once)
        met = []
        learner = pixels(euclidean((64,)))
        monkeypatch.setattr(learner, "embed", lambda images, met=met: met.append(len(images)) or images.flatten(1))
        assert module.embed_bank(learner, bank).shape == (len(bank), 64)
        assert (max(met), sum(met)) == (most, len(bank))


def test_embeddings_that_are_not_one_row_an_image_are_refused(bank):
    class Maps:
        transductive = False

        def embed(self, images):
            return images

        def compare(self, support, query): ...

        def scores(self, tasks): ...

    with pytest.raises(RequestError, match=r"expected embeddings \[84 dim\], got \[84, 1, 8, 8\]"):
        Scorer(Maps(), bank)
