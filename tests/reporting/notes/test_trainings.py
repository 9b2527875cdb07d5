from dataclasses import replace

import pytest

from fewshot.core.spec.run_spec import Part
from fewshot.registry.lookup import add_plugin, make_part
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite

PHOTOS = '''
"""Photographs of things."""
from fewshot import dataset

@dataset(made_of="ImageNet")
def photos(classes, size, folders):
    """Photographs."""
'''


@pytest.fixture
def notes(make_record, tmp_path):
    """Of a table of one network with these options on one data set."""
    (tmp_path / "photos.py").write_text(PHOTOS)
    add_plugin(tmp_path / "photos.py")

    def of(dataset: str, options: dict) -> list[str]:
        backbone = make_part("backbones", "torchvision:resnet18", options)
        spec = replace(read_suite("quickstart").specs[0], backbone=backbone, dataset=Part(dataset))
        records = [make_record(replace(spec, seed=seed)) for seed in (0, 1)]
        return [note for note in make_table("", "", records).notes if "pretrained" in note]

    return of


def test_fresh_weights_are_not_spoken_of(notes):
    assert notes("photos", {}) == []


def test_pretrained_weights_are_said_and_where_they_have_seen_the_test_classes(notes):
    weights = {"weights": "IMAGENET1K_V1"}
    start = "torchvision:resnet18(weights=IMAGENET1K_V1): its weights were pretrained on ImageNet"
    assert notes("omniglot", weights) == [start]
    why = "contaminated, as data set photos is made of ImageNet, so its test classes were seen"
    assert notes("photos", weights) == [f"{start}; {why}"]
