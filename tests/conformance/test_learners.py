"""What is refused of a learner, one small plug-in file for each breach."""

import pytest
from plugin_texts import COMPARED, EMBEDS, GOOD, LEARNER, LEARNS

from fewshot.conformance import check


@pytest.mark.parametrize(
    ("objective", "scores", "message"),
    [
        (LEARNS, "return query.sum(-1)", r"expected scores, a float tensor \[2 5 4 5\], .*got float32 \[2 5 4\]"),
        (LEARNS, f"{COMPARED} / 0", "not finite"),
        (
            LEARNS,
            f"query = query - query.mean(2, keepdim=True)\n        {COMPARED}",
            "scores of a query that depend on",
        ),
        (LEARNS, "return self.absent", "mine.py, line 25: AttributeError: .*absent"),
        (f"{LEARNS}.item()", COMPARED, r"expected an objective, a float tensor \[\], .*got float"),
        (f"{LEARNS}.detach()", COMPARED, "expected a gradient, got none"),
        (f"{LEARNS} * 0", COMPARED, "a gradient for its weights, got none but zeros"),
    ],
)
def test_a_learner_that_breaks_its_promise_is_refused(refused, objective, scores, message):
    refused(LEARNER.format(objective=objective, scores=scores), message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("transductive", "inductive", r"expected a learner with scores and transductive, .*\['transductive'\]"),
        ("def objective", "def loss", "expected an nn.Module with an objective, as it is trained, got mine"),
        ("similarity, shot_rule=", "similarity, rule, shot_rule=", r"expected \(encoder, similarity, shot_rule, \*, "),
        ("def scores", f"{EMBEDS}def scores", r"expected compare\(embed, embed\) to give what scores gives"),
    ],
)  # fmt: skip
def test_a_learner_that_is_not_one_is_refused(refused, old, new, message):
    refused(GOOD["learners"].replace(old, new), message)


def test_a_learner_that_says_it_is_transductive_may_be(add):
    centred = "support, query = (one - one.mean((1, 2), keepdim=True) for one in (support, query))"
    text = LEARNER.format(objective=LEARNS, scores=f"{centred}\n        {COMPARED}")
    add(text.replace("transductive = False", "transductive = True"))
    assert "transductive" in check("learners", "mine")[1]


ORDERED = "from_first = torch.linspace(1, 2, support.shape[1])\n        "
COUNTED = "self.seen = getattr(self, 'seen', 0) + 1\n        "


@pytest.mark.parametrize(
    ("objective", "scores", "message"),
    [
        (
            LEARNS,
            f"{ORDERED}{COMPARED} * from_first",
            "the same scores for classes in another order, in that order, got",
        ),
        (
            f"{COUNTED}{LEARNS}",
            f"{COMPARED} * (1 + getattr(self, 'seen', 0))",
            "state_dict to be all of it, the same after loading",
        ),
        (
            f"{LEARNS} * (2 if torch.is_autocast_enabled('cpu') else 1)",
            COMPARED,
            "in bfloat16 .* within 0.1 of its norm",
        ),
        (
            "first = self.encoder(tasks.query.flatten(0, 2))[0, :1]\n        "
            f"{LEARNS} + torch.zeros(1).index_add(0, torch.tensor([0]), first)[0]",
            COMPARED,
            r"RuntimeError: .*index_add.* in bfloat16 and with channels last\)",
        ),
    ],
)
def test_a_learner_that_breaks_a_promise_about_numbers_is_refused(refused, objective, scores, message):
    refused(LEARNER.format(objective=objective, scores=scores), message)


FREE = """
import torch
from fewshot import learner
from fewshot.models.shot_rules import scores_by


@learner(default_similarity="cosine")
class mine:
    transductive = False

    def __init__(self, similarity, shot_rule="mean_score"):
        self.similarity, self.shot_rule = similarity, shot_rule

    def scores(self, tasks):
        return {sign}scores_by(self.shot_rule, tasks.support.flatten(3), tasks.query.flatten(3), self.similarity)
"""


def test_a_learner_without_training_tells_clear_classes_apart(add, refused):
    add(FREE.format(sign=""))
    assert "classes that are clearly apart are told apart: 100% of queries right" in check("learners", "mine")[2]
    refused(FREE.format(sign="-"), "most queries of clearly different classes to score highest .*, got 0%")
