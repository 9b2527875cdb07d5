"""What is said under a table: of networks that do not start from nothing, and of published figures without a row."""

import re
from dataclasses import replace

import pytest

from fewshot.core.spec import Part
from fewshot.registry.lookup import add_plugin, make_part
from fewshot.reporting.comparisons.published import Comparison
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
    why = "contaminated, as data set photos is made of ImageNet, so its test classes were seen"
    assert notes("photos", weights) == [f"{start}; {why}"]


def test_a_shortcut_in_the_images_is_printed_once(make_record):
    record = make_record(read_suite("quickstart").specs[0])
    facts = record.facts | {"shortcuts": ["the commonest value alone tells forgeries of test apart: ROC area 0.99"]}
    records = [replace(record, facts=facts), replace(record, spec=replace(record.spec, seed=1), facts=facts)]
    assert [note for note in make_table("", "", records).notes if "SHORTCUT" in note] == [
        "SHORTCUT in typefaces: the commonest value alone tells forgeries of test apart: ROC area 0.99"
    ]
    assert not any("SHORTCUT" in note for note in make_table("", "", [record]).notes)


def test_classes_and_images_that_were_left_out_are_counted(make_record):
    faces = Part("folder:faces", {"min_images": 20})
    record = make_record(replace(read_suite("quickstart").specs[0], dataset=faces))
    records = [replace(record, left_out={"classes": 3, "images": 41}, skipped={"train": 7, "val": 1}), record]
    records[0] = replace(records[0], damaged={"train": ["a/1.png", "a/2.png"]})
    records.append(replace(record, left_out={"classes": 3, "images": 41}, skipped={"val": 1}))
    assert [note for note in make_table("", "", records).notes if "faces: " in note] == [
        "folder:faces: left out as they have fewer than 20 images: 3 classes (41 images)",
        "folder:faces: damaged images left out: 7 of train (a/1.png, a/2.png, …), 1 of val",
    ]


def test_of_many_published_figures_without_a_row_one_is_named():
    held = [Comparison({"method": f"m{number}", "like": {"loss": f"l{number}"}}) for number in range(FEW + 1)]
    assert len(of_published(held[:FEW])) == FEW
    assert of_published(held[:1]) == ["published m0: no row here has loss = l0"]
    (line,) = of_published(held)
    assert line == f"published m0: no row here has loss = l0; {FEW} more published figures have no such row either"


SEARCH = ["search.learning_rate=[0.1, 0.2, 0.3]", 'search."options.triplet.margin"=[0.5, 1]', "search.batch=[1, 2]"]


@pytest.fixture
def searched(make_record):
    """The table of two losses, each with the point of this number chosen by its search."""

    def table(triplet: int, prototypical: int, **layout):
        suite = read_suite("quickstart", changes=SEARCH).only(["loss=triplet", "loss=prototypical"])
        chosen = [cell.finals[number] for cell, number in zip(suite.cells, (triplet, prototypical), strict=True)]
        choices = {spec.id: cell.choice(spec, {}) for cell, spec in zip(suite.cells, chosen, strict=True)}
        return make_table("", "", [make_record(spec) for spec in chosen], choices=choices, **layout)

    return table


def test_a_search_is_told_of_and_a_value_at_an_end_is_marked(searched):
    table = searched(-1, 2)
    rate = table.ours.header.index("rate")
    assert [line[rate] for line in table.ours.lines] == ["0.3‡", "0.2"]
    notes = [note for note in table.notes if re.match("searched|triplet|prototypical|chosen|‡", note)]
    assert notes == [
        "triplet: the best on val of 12 points trained for 200 steps",
        "prototypical: the best on val of 6 points trained for 200 steps",
        "chosen triplet.margin: 1‡",
        "chosen batch: 2‡ (triplet), 1‡ (prototypical)",
        "‡ the smallest or the largest of the values tried: a wider search may find a better one",
    ]


def test_a_rate_that_no_column_shows_is_in_a_note(searched):
    for layout in ({"rows": ["method"], "columns": ["network"]}, {"rows": ["method"]}):
        assert "chosen learning_rate: 0.2" in searched(4, 2, **layout).notes


def test_nothing_is_told_of_no_search(make_record):
    notes = make_table("", "", [make_record(spec) for spec in read_suite("quickstart").specs]).notes
    assert not any(re.match("searched|chosen|‡", note) for note in notes)
