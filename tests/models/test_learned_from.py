"""The classes that a module has learned from, found on it, on what holds it and on its parts."""

import io
from copy import deepcopy

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from fewshot.models.backbones.conv4 import conv4
from fewshot.models.learned_from import keep_learned, learned_by, weights_of
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.euclidean import euclidean


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


def make() -> siamese:
    return siamese(conv4((1, 16, 16), widths=(2,)), euclidean((2, 8, 8)))


def by_file(value: object, *, weights_only: bool = True) -> object:
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=weights_only)


@pytest.mark.parametrize(
    "copy",
    [dict, by_file, lambda state: load(save({name: value.contiguous() for name, value in state.items()}))],
    ids=["as it is", "torch.save", "safetensors"],
)
def test_training_classes_are_part_of_the_state_of_a_learner_and_of_its_backbone(copy):
    trained, names = make(), ("Ελληνικά/α", "a/1")
    before = set(trained.state_dict())
    keep_learned(trained, names)
    assert set(trained.state_dict()) - before == {"learned_from", "encoder.learned_from"}
    assert set(weights_of(trained)) == before
    for own, fresh in ((trained, make()), (trained.encoder, make().encoder)):
        fresh.load_state_dict(copy(own.state_dict()))
        assert learned_by(fresh) == names
        assert all(torch.equal(value, own.state_dict()[name]) for name, value in fresh.state_dict().items())
    holder = nn.ModuleDict({"mine": make()})
    holder.load_state_dict(copy(nn.ModuleDict({"mine": trained}).state_dict()))
    assert learned_by(holder["mine"].encoder) == names


def test_training_classes_are_kept_by_copies():
    trained = make()
    keep_learned(trained, ("a/1",))
    for copy in (deepcopy(trained), by_file(trained, weights_only=False)):
        assert learned_by(copy.encoder) == ("a/1",)


def test_states_without_training_classes_are_loaded():
    trained = make()
    trained.load_state_dict(make().state_dict())
    assert learned_by(trained) == ()
    with pytest.raises(RuntimeError, match="Unexpected key"):
        trained.load_state_dict(make().state_dict() | {"learnt": torch.zeros(1)})
