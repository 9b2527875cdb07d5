"""The protocols `lake_small1` and `lake_small2`: the two minimal background sets, and all else as in `lake`."""

from dataclasses import replace

import pytest

from fewshot.data.class_lists.omniglot import DRAWERS, background_classes
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part

FIRST = {"Balinese", "Early_Aramaic", "Greek", "Korean", "Latin"}
SECOND = {"Greek", "Japanese_(katakana)", "Latin", "Sanskrit", "Tagalog"}


@pytest.mark.parametrize(
    ("name", "alphabets", "images", "val"),
    [("lake_small1", FIRST, 2720, "Early_Aramaic"), ("lake_small2", SECOND, 3120, "Greek")],
)
def test_it_learns_from_five_background_alphabets_of_which_one_is_left_to_validation(name, alphabets, images, val):
    protocol = load_protocol(name)
    learned = protocol.learned_from("train+val")
    assert len(learned) * DRAWERS == images
    assert {name.split("/")[0] for name in learned} == alphabets
    assert set(learned) == {name for name in background_classes() if name.split("/")[0] in alphabets}
    assert not protocol.authors
    assert {name.split("/")[0] for name in protocol.classes["val"]} == {val}
    assert len(protocol.classes["val"]) >= protocol.selects_by.shape.way


@pytest.mark.parametrize("name", ["lake_small1", "lake_small2"])
@pytest.mark.parametrize("options", [{}, {"drawn": 2000}])
def test_all_else_is_as_in_lake(name, options):
    lake, small = (load_protocol(make_part("protocols", one, options)) for one in ("lake", name))
    assert small.classes["test"] == lake.classes["test"]
    assert replace(small, name="lake", classes=lake.classes) == lake
