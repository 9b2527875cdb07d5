"""What is refused of a learner that is trained, and what it may say or learn first."""

import pytest
from plugin_texts import COMPARED, GOOD, LEARNER, LEARNS, SPARE

from fewshot.conformance import check
from fewshot.core.errors import RequestError

NEGATED = f"{LEARNS.replace('return ', 'return -')}", f"{COMPARED.replace('return ', 'return -')}"


@pytest.mark.parametrize(
    ("objective", "scores", "message"),
    [
        (*NEGATED, "a smaller objective for classes apart than for mixed ones with some fresh weights"),
        (
            LEARNS,
            NEGATED[1],
            "most queries of clearly different classes .* own after 16 steps by its objective, got 0%",
        ),
        (NEGATED[0], COMPARED, "(most queries of clear|a smaller objective for classes apart than for mixed)"),
        (
            f"value = {LEARNS.removeprefix('return ')}\n        return 2 * value.detach() - value",
            COMPARED,
            "most queries of clearly different classes .* after 16 steps|gradient for the weights",
        ),
        (
            f"value = {LEARNS.removeprefix('return ')}\n        return 0.5 * value + 0.5 * value.detach()",
            COMPARED,
            "expected the gradient for the (images|weights together) that differences have, .* says smooth = False",
        ),
    ],
)
def test_a_learner_that_learns_or_scores_with_a_wrong_sign_is_refused(refused, objective, scores, message):
    refused(LEARNER.format(objective=objective, scores=scores), message)


def test_a_learner_with_a_weight_that_does_not_learn_is_refused_unless_it_is_not_to(add, refused):
    text = GOOD["learners"].replace("        self.encoder,", f"        {SPARE}\n        self.encoder,", 1)
    refused(text, "a gradient for the weight spare, got none: .* what is not to learn has requires_grad")
    add(text.replace("ones(3, 3)", "ones(3, 3), requires_grad=False"))
    assert "with finite gradients for every weight" in check("learners", "mine")[2]


def test_a_learner_may_say_that_it_is_not_smooth(add):
    objective = f"value = {LEARNS.removeprefix('return ')}\n        return 0.5 * value + 0.5 * value.detach()"
    add(LEARNER.format(objective=objective, scores=COMPARED).replace("    trans", "    smooth = False\n    trans"))
    assert "it says smooth = False, so its gradients were not held against differences" in check("learners", "mine")[3]


def test_a_learner_with_a_network_of_its_own_may_learn_first(add):
    text = GOOD["learners"].replace(
        "        self.encoder,", "        self.map = nn.Linear(64, 8)\n        self.encoder,"
    )
    embeds = "self.encoder(images.flatten(0, 2))"
    add(text.replace(embeds, f"self.map({embeds})"))
    assert "clear classes are told apart" in check("learners", "mine")[3]


OWN_OBJECTIVE = (
    LEARNER.format(
        objective=f"{COMPARED.replace('return', 'scores =')}\n        return -scores.mean()", scores=COMPARED
    )
    .replace(
        "scores = scores_by(self.shot_rule, support, query",
        "scores = scores_by(self.shot_rule, self._embed(tasks.support), self._embed(tasks.query)",
    )
    .replace("trained=True", "trained=True, own_objective=True")
)


def test_a_learner_with_an_objective_of_its_own_is_checked_with_it(add):
    add(OWN_OBJECTIVE)
    assert "its objective is one finite number with finite gradients" in check("learners", "mine")[2]


def test_an_objective_whose_norms_see_all_tasks_is_not_by_task(add):
    add(OWN_OBJECTIVE.replace("own_objective=True", "own_objective=True, by_task=True"))
    with pytest.raises(RequestError, match=r"expected an objective that is by_task.* off"):
        check("learners", "mine")
