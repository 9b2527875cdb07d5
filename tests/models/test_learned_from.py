"""The classes that a module has learned from, found on it, on what holds it and on its parts."""

from torch import nn

from fewshot.models.learned_from import keep_learned, learned_by


def test_a_learner_its_parts_and_what_holds_them_say_what_they_have_learned_from():
    learner = nn.Sequential(nn.Sequential(nn.Linear(2, 2)), nn.ReLU())
    assert learned_by(learner) == ()
    keep_learned(learner, ("a/1", "a/2"))
    other = nn.Linear(2, 2)
    keep_learned(other, ("a/2", "b/1"))
    for model in (learner, learner[0], learner[0][0], nn.Sequential(nn.Sequential(learner[0]))):
        assert learned_by(model) == ("a/1", "a/2")
    assert learned_by(nn.Sequential(learner, other)) == ("a/1", "a/2", "b/1")


def test_an_object_that_is_no_module_may_have_training_classes():
    class Learner:
        learned_from = ("a/1",)

    assert learned_by(Learner()) == ("a/1",)
    assert learned_by(len) == ()
