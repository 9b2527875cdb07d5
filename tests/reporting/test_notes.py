"""What is said under a table: of networks that do not start from nothing, and of published figures without a row."""

from dataclasses import replace

import pytest

from fewshot.core.spec import Part
from fewshot.registry.lookup import add_plugin, make_part
from fewshot.reporting.comparisons import Comparison
from fewshot.reporting.notes import FEW, of_published
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
    why = "contaminated, as data set photos is made of ImageNet and its test classes were seen"
    assert notes("photos", weights) == [f"{start}; {why}"]


def test_classes_and_images_that_were_left_out_are_counted(make_record):
    faces = Part("folder:faces", {"min_images": 20})
    record = make_record(replace(read_suite("quickstart").specs[0], dataset=faces))
    records = [replace(record, left_out={"classes": 3, "images": 41}, skipped={"train": 2, "val": 1}), record]
    records.append(replace(record, left_out={"classes": 3, "images": 41}, skipped={"val": 1}))
    assert [note for note in make_table("", "", records).notes if "faces: " in note] == [
        "folder:faces: left out as they have fewer than 20 images: 3 classes (41 images)",
        "folder:faces: damaged images left out: 2 of train, 1 of val",
    ]


def test_of_many_published_figures_without_a_row_one_is_named():
    held = [Comparison({"method": f"m{number}", "like": {"loss": f"l{number}"}}) for number in range(FEW + 1)]
    assert len(of_published(held[:FEW])) == FEW
    assert of_published(held[:1]) == ["published m0: no row here is like loss = l0"]
    (line,) = of_published(held)
    assert line == f"published m0: no row here is like loss = l0; nor like what {FEW} more published figures ask for"
