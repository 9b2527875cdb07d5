"""What is refused of a learner, one small plug-in file for each breach."""

import pytest
from plugin_texts import COMPARED, EMBEDS, GOOD, LEARNER, LEARNS, SPARE

from fewshot.conformance import check
from fewshot.core.errors import RequestError


@pytest.mark.parametrize(
    ("objective", "scores", "message"),
    [
        (LEARNS, "return query.sum(-1)", r"expected scores, a float tensor \[2 5 4 5\], .*got float32 \[2 5 4\]"),
        (LEARNS, f"{COMPARED} / 0", "not finite"),
        (
            LEARNS,
            f"query = query - query.mean(2, keepdim=True)\n        {COMPARED}",
            "the same scores of a query alone as among others",
        ),
        (LEARNS, f"support = support - support.mean((0, 1, 2))\n        {COMPARED}", "the same scores of a task alone"),
        (LEARNS, f"{COMPARED} + torch.rand(())", "the same scores whatever numbers are drawn"),
        (LEARNS, "return self.absent", "mine.py, line 24: AttributeError: .*absent"),
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
        ("self.similarity", "self.measure", "expected its similarity as the attribute similarity, which losses need"),
        ("def scores", f"{EMBEDS}def scores", r"expected compare\(embed, embed\) to give the same as scores"),
    ],
)  # fmt: skip
def test_a_learner_that_is_not_one_is_refused(refused, old, new, message):
    refused(GOOD["learners"].replace(old, new), message)


def test_a_transductive_learner_passes(add):
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
            "the same scores, permuted, for classes in another order, got",
        ),
        (
            f"{COUNTED}{LEARNS}",
            f"{COMPARED} * (1 + getattr(self, 'seen', 0))",
            "after its state_dict is loaded",
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


@pytest.mark.parametrize("returned", ["2 * value.detach() - value", "0.5 * value + 0.5 * value.detach()"])
def test_an_objective_of_a_wrong_gradient_is_refused(refused, returned):
    objective = f"value = {LEARNS.removeprefix('return ')}\n        return {returned}"
    message = "expected a gradient for the weights together that agrees with differences, .* sets smooth = False"
    refused(LEARNER.format(objective=objective, scores=COMPARED), message)


def test_a_learner_may_say_that_it_is_not_smooth(add):
    objective = f"value = {LEARNS.removeprefix('return ')}\n        return 0.5 * value + 0.5 * value.detach()"
    add(LEARNER.format(objective=objective, scores=COMPARED).replace("    trans", "    smooth = False\n    trans"))
    assert "smooth = False, so its gradients were not compared with differences" in check("learners", "mine")[3]


def test_a_learner_with_a_weight_that_does_not_learn_is_refused_unless_it_is_not_to(add, refused):
    text = GOOD["learners"].replace("        self.encoder,", f"        {SPARE}\n        self.encoder,", 1)
    refused(text, "a gradient for the weight spare, got none: .* set requires_grad = False")
    add(text.replace("ones(3, 3)", "ones(3, 3), requires_grad=False"))
    assert "with finite gradients for every weight" in check("learners", "mine")[2]


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


def test_an_objective_with_norms_over_all_tasks_is_not_by_task(add):
    add(OWN_OBJECTIVE.replace("own_objective=True", "own_objective=True, by_task=True"))
    with pytest.raises(RequestError, match=r"expected an objective that is the mean over its tasks.* off"):
        check("learners", "mine")
