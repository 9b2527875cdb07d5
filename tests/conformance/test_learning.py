"""Learners that do not tell clear classes apart, and what they may learn first."""

import pytest
from plugin_texts import COMPARED, GOOD, LEARNER, LEARNS

from fewshot.conformance import check

NEGATED = f"{LEARNS.replace('return ', 'return -')}", f"{COMPARED.replace('return ', 'return -')}"


@pytest.mark.parametrize(
    ("objective", "scores", "message"),
    [
        (*NEGATED, "a smaller objective for separate classes than for mixed ones with some fresh weights"),
        (
            LEARNS,
            NEGATED[1],
            "most queries of clearly different classes .* own class after 16 steps by its objective, got 0%",
        ),
        (NEGATED[0], COMPARED, "(most queries of clear|a smaller objective for separate classes than for mixed)"),
    ],
)
def test_a_learner_that_learns_or_scores_with_a_wrong_sign_is_refused(refused, objective, scores, message):
    refused(LEARNER.format(objective=objective, scores=scores), message, thorough=True)


def test_a_learner_with_a_network_of_its_own_may_learn_first(add):
    text = GOOD["learners"].replace(
        "        self.encoder,", "        self.map = nn.Linear(64, 8)\n        self.encoder,"
    )
    embeds = "self.encoder(images.flatten(0, 2))"
    add(text.replace(embeds, f"self.map({embeds})"))
    assert "clearly different classes are separated" in check("learners", "mine", thorough=True)[-1]


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


def test_a_learner_without_training_separates_clear_classes(add, refused):
    add(FREE.format(sign=""))
    assert (
        "clearly different classes are separated: 100% of queries right" in check("learners", "mine", thorough=True)[-1]
    )
    refused(
        FREE.format(sign="-"), "most queries of clearly different classes to score highest .*, got 0%", thorough=True
    )
