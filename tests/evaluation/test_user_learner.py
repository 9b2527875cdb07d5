"""Similarities and shot rules of a user's module, as far as they fit."""

import pytest
import torch
from torch import nn

from fewshot.core.errors import RequestError
from fewshot.core.types import Tasks
from fewshot.evaluation.user_learner import as_learner, comparison, modes_kept
from fewshot.registry.lookup import make_part

MADE = torch.rand(1, 3, 2, 1, 6, 6, generator=torch.Generator().manual_seed(0))
TASKS = Tasks(MADE[:, :, :1], MADE[:, :, 1:], torch.arange(3)[None])


@pytest.mark.parametrize(
    ("similarity", "shot_rule", "message"),
    [
        (
            "relation",
            "mean_score",
            "^similarity: expected one without random weights, got relation, which is not train",
        ),
        ("euclidean", "mean_scores", "^unknown shot rule 'mean_scores': did you mean mean_score"),
    ],
)
def test_an_untrained_similarity_and_an_unknown_rule_are_refused(similarity, shot_rule, message):
    with pytest.raises(RequestError, match=message):
        as_learner(nn.Flatten(), TASKS.images, TASKS, make_part("similarities", similarity), shot_rule)


@pytest.mark.parametrize("shot_rule", ["attention", "cosine_head", "mean_embedding"])
@pytest.mark.parametrize("similarity", ["weighted_l1", "cosine", "dot_product"])
def test_a_similarity_with_fixed_first_weights_is_used(similarity, shot_rule):
    model, state = nn.Flatten(), torch.get_rng_state()
    learner = as_learner(model, TASKS.images, TASKS, make_part("similarities", similarity), shot_rule)
    assert learner.encoder is model
    assert torch.equal(torch.get_rng_state(), state)


def test_what_compares_by_its_own_is_given_no_comparison():
    assert comparison(nn.Flatten(), None, None) == ("euclidean", "mean_score")
    assert comparison(nn.Flatten(), "cosine", "attention") == ("cosine", "attention")
    learner = as_learner(nn.Flatten(), TASKS.images, TASKS, make_part("similarities", "euclidean"), "mean_score")
    for own in (learner, lambda tasks: tasks.support):
        assert comparison(own, None, None) == ("euclidean", "mean_score")
        for given in (("euclidean", None), (None, "mean_score")):
            with pytest.raises(
                RequestError, match=r"expected none for .*, which compares by its own, got '(eucl|mean)"
            ):
                comparison(own, *given)


class Merging(nn.Module):
    """A layer that changes its weights when its mode changes."""

    def __init__(self):
        super().__init__()
        self.merged = False

    def train(self, mode=True):
        self.merged = not mode
        return super().train(mode)


def test_a_module_changes_back_to_its_mode_by_its_own_function():
    model = nn.Sequential(Merging(), nn.Linear(2, 2)).train()
    model[1].eval()
    with modes_kept(model):
        model.eval()
        assert model[0].merged
    assert (model.training, model[0].training, model[0].merged, model[1].training) == (True, True, False, False)
