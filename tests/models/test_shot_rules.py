"""Shot rules: every one of them by its name, and those that are not in test_compare against loops."""

from math import exp, log

import pytest
import torch

from fewshot.core.spec.names import SHOT_RULES
from fewshot.core.types import MEASURES
from fewshot.models.shot_rules import RULES, scores_by
from fewshot.models.similarities.cosine import cosine
from fewshot.models.similarities.euclidean import euclidean
from fewshot.models.task_heads import cosine_head, linear_head

TASK, WAY, SHOT, QUERY, DIM = 2, 5, 3, 4, 7


@pytest.fixture
def embedded():
    draw = torch.Generator().manual_seed(0)
    return tuple(torch.randn(TASK, WAY, n, DIM, generator=draw, dtype=torch.float64) for n in (SHOT, QUERY))


def test_every_rule_that_a_spec_may_name_is_there(embedded):
    assert set(RULES) == set(SHOT_RULES)
    assert {rule.needs for rule in RULES.values()} <= set(MEASURES)
    for rule in RULES:
        assert scores_by(rule, *embedded, cosine((DIM,)).double()).shape == (TASK, WAY, QUERY, WAY)


def test_attention_sums_over_the_shots(embedded):
    support, query = embedded
    similarity = euclidean((DIM,)).double()
    similarity.log_scale.data.fill_(log(0.5))
    similarity.bias.data.fill_(0.25)
    scores = scores_by("attention", support, query, similarity)
    for t in range(TASK):
        for w in range(WAY):
            for q in range(QUERY):
                for c in range(WAY):
                    logits = [0.25 - 0.5 * float((query[t, w, q] - one).norm()) for one in support[t, c]]
                    assert scores[t, w, q, c].item() == pytest.approx(log(sum(map(exp, logits))), abs=1e-5)


def test_the_plain_rules_are_of_scores(embedded):
    support, query = embedded
    similarity = euclidean((DIM,))
    mean = scores_by("mean_embedding", support, query, similarity)
    one_shot = scores_by("mean_score", support.mean(2, keepdim=True), query, similarity)
    torch.testing.assert_close(mean, one_shot)
    for c in range(WAY):
        expected = -float((query[1, 2, 3] - sum(support[1, c]) / SHOT).norm())
        assert mean[1, 2, 3, c].item() == pytest.approx(expected, abs=1e-5)
    assert not torch.allclose(mean, scores_by("mean_score", support, query, similarity))


def test_the_heads_are_fitted(embedded):
    similarity = cosine((DIM,))
    assert torch.equal(scores_by("linear_head", *embedded, similarity), linear_head(*embedded))
    assert torch.equal(scores_by("cosine_head", *embedded, similarity), cosine_head(*embedded))
