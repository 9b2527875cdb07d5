"""The loss that another one is under the conditions of a run."""

from dataclasses import replace

import pytest

from fewshot.core.recipe import TaskShape
from fewshot.registry.lookup import add_plugin, forget_plugins
from fewshot.registry.same_loss import same_loss
from fewshot.suites.cells.build import one_cell


def cell(loss: str, shot: int = 1, similarity: str | None = None, **options):
    given = {"options": {loss: options}, "training": {"task": TaskShape(5, shot, 2)}}
    return one_cell(loss, "scripts", "conv4", similarity, size=28, stage="val", seed=0, **given)


@pytest.mark.parametrize("loss", ["nt_xent", "supcon", "matching"])
def test_at_one_shot_in_tasks_they_are_matching(loss):
    assert same_loss(cell(loss)) == ("matching", "cosine", "episode")
    assert same_loss(cell(loss, similarity="euclidean")) == ("matching", "euclidean", "episode")
    assert same_loss(cell(loss, shot=2)) == (loss, "cosine", "episode")


def test_of_all_images_they_are_others():
    of_all = {loss: same_loss(cell(loss, pairs="all")) for loss in ("nt_xent", "supcon", "matching")}
    assert of_all["nt_xent"] == same_loss(cell("info_nce")) == ("info_nce", "cosine", "all")
    assert of_all["supcon"] == ("supcon", "cosine", "all")
    assert of_all["matching"] == same_loss(cell("nca", similarity="cosine", pairs="all"))
    assert of_all["matching"] != same_loss(cell("nca", similarity="cosine"))


def test_a_plug_in_that_names_itself_is_its_own_loss(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "from fewshot import loss\n\n@loss(similarity='cosine', one_shot='mine')\n"
        "def mine(support, query, similarity):\n    return 0\n"
    )
    add_plugin(file)
    try:
        assert same_loss(cell("mine")) == ("mine", "cosine", "all")
    finally:
        forget_plugins()


def test_losses_without_pairs():
    assert same_loss(cell("prototypical", similarity="cosine")) == ("matching", "cosine", "episode")
    assert same_loss(cell("softmax")) == same_loss(cell("baseline"))
    assert same_loss(replace(cell("softmax"), loss=None)) is None
