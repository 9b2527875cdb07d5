"""The protocol `mnist_transfer`: learned from the background of Omniglot, tested on the ten digits."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import Part
from fewshot.protocols import load_protocol


def test_no_digit_is_learned_from_or_chosen_by():
    protocol, lake = load_protocol("mnist_transfer"), load_protocol("lake")
    assert {split: protocol.classes[split] for split in ("train", "val")} == {
        split: lake.classes[split] for split in ("train", "val")
    }
    assert protocol.classes["test"] == tuple(f"MNIST/{digit}" for digit in range(10))


def test_there_are_400_trials_of_all_ten_digits():
    (tasks,) = load_protocol("mnist_transfer").test
    assert tasks.name == "10-way 1-shot"
    assert tasks.number * tasks.shape.way * tasks.shape.query == 400
    with pytest.raises(RequestError, match="tasks: expected a number from 2"):
        load_protocol(Part("mnist_transfer", {"tasks": 1}))
