"""The protocol `lake_small2`: the second minimal background set, and all else as in `lake`."""

from dataclasses import replace

import pytest

from fewshot.data.class_lists.omniglot import DRAWERS, background_classes
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part

ALPHABETS = {"Greek", "Japanese_(katakana)", "Latin", "Sanskrit", "Tagalog"}


def test_it_learns_from_all_images_of_five_background_alphabets():
    protocol = load_protocol("lake_small2")
    learned = protocol.learned_from("train+val")
    assert len(learned) * DRAWERS == 3120
    assert {name.split("/")[0] for name in learned} == ALPHABETS
    assert set(learned) == {name for name in background_classes() if name.split("/")[0] in ALPHABETS}
    assert not protocol.authors


def test_one_alphabet_is_left_to_validation_and_has_the_classes_of_its_tasks():
    protocol = load_protocol("lake_small2")
    assert {name.split("/")[0] for name in protocol.classes["val"]} == {"Greek"}
    assert len(protocol.classes["val"]) >= protocol.selects_by.shape.way


@pytest.mark.parametrize("options", [{}, {"drawn": 2000}])
def test_all_else_is_as_in_lake(options):
    lake, small = (load_protocol(make_part("protocols", name, options)) for name in ("lake", "lake_small2"))
    assert small.classes["test"] == lake.classes["test"]
    assert replace(small, name="lake", classes=lake.classes) == lake
