"""Batch norm by each task's images, against torch's own mode of training."""

from copy import deepcopy

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.types import Tasks
from fewshot.evaluation.pitfalls.batch_statistics import ByBatch
from fewshot.evaluation.scorer import Scorer
from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.euclidean import euclidean
from fewshot.tasks.sampler import TaskSampler, gather


@torch.inference_mode()
def test_scores_are_those_in_training_one_task_at_a_time_and_the_network_stays(glyph_bank):
    bank = glyph_bank(14, images=6, size=8)
    torch.manual_seed(0)
    encoder = conv4(bank.shape, widths=(4, 6))
    learner = siamese(encoder, euclidean(encoder.shape))
    before = deepcopy(learner.state_dict())
    drawn = TaskSampler(bank, TaskShape(way=5, shot=2, query=3)).draw(0, "test", range(6))
    wrong = ByBatch(learner)
    found = Scorer(wrong, bank).all(drawn)
    assert all(value.equal(before[name]) for name, value in learner.state_dict().items())
    training = deepcopy(learner).train()
    for number in range(6):
        tasks = gather(bank, drawn[number : number + 1])
        expected = training.compare(*tasks.split(training.embed(tasks.images)))
        torch.testing.assert_close(found[number : number + 1], expected, atol=1e-5, rtol=1e-5)
    assert not torch.allclose(found, Scorer(learner, bank).all(drawn), atol=1e-3)
    one = gather(bank, drawn[:1])
    other = Tasks(one.support, one.query.flip(1), one.classes)
    torch.testing.assert_close(wrong.scores(other).flip(1), found[:1], atol=1e-5, rtol=1e-5)


def test_a_network_without_batch_norm_is_refused():
    learner = siamese(torch.nn.Flatten(), euclidean((64,)))
    with pytest.raises(RequestError, match="batch_statistics: expected a network with batch norm, got none"):
        ByBatch(learner)
