"""Parts of a user's files in a suite's grid: its list has them, and the other cells stay."""

import pytest
from suite_texts import CELL, HEAD, SMALL

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import add_plugin, forget_plugins
from fewshot.suites.suite import read_suite

TEXTS = {
    "my_loss": "@loss(similarity='cosine')\ndef my_loss(support, query, similarity):\n    'L.'\n",
    "my_similarity": "@similarity\nclass my_similarity:\n    'S.'\n",
    "my_net": "@backbone\nclass my_net:\n    'B.'\n",
    "my_learner": "@learner(trained=True, own_objective=True)\nclass my_learner:\n    'L.'\n",
    "my_pixels": "@learner()\nclass my_pixels:\n    'L.'\n",
    "my_protocol": "@protocol\ndef my_protocol():\n    'P.'\n",
}
IMPORTS = "from fewshot import backbone, learner, loss, protocol, similarity\n\n\n"
GRID = SMALL.replace('["triplet"]', '["triplet", "baseline++"]') + '[[cells]]\nlearner = "pixels"\n'
BEFORE = [("siamese", "conv4", "triplet", "euclidean"), ("siamese", "conv4", "baseline_pp", "cosine")]
PIXELS = ("pixels", None, None, "cosine")


@pytest.fixture
def cells(tmp_path):
    """Reads a suite with plug-ins added: learner, backbone, loss and similarity of its cells."""

    def read(*names: str, text: str = GRID) -> list[tuple]:
        (tmp_path / "own.toml").write_text(text)
        for name in names:
            (tmp_path / f"{name}.py").write_text(IMPORTS + TEXTS[name])
        added = [add_plugin(tmp_path / f"{name}.py") for name in names]
        specs = read_suite(str(tmp_path / "own.toml"), added=added).specs
        kinds = ("learner", "backbone", "loss", "similarity")
        return [tuple((part := getattr(spec, kind)) and part.name for kind in kinds) for spec in specs]

    yield read
    forget_plugins()


@pytest.mark.parametrize(
    ("names", "more"),
    [
        (["my_loss"], [("siamese", "conv4", "my_loss", "cosine"), PIXELS]),
        (["my_loss", "my_loss"], [("siamese", "conv4", "my_loss", "cosine"), PIXELS]),
        (["my_net"], [("siamese", "my_net", *one[2:]) for one in BEFORE] + [PIXELS]),
        (["my_learner"], [("my_learner", "conv4", None, None), PIXELS]),
        (["my_pixels"], [("my_pixels", None, None, None), PIXELS]),
        (["my_similarity"], [PIXELS, *((*one[:3], "my_similarity") for one in BEFORE[:1])]),
        (
            ["my_similarity", "my_loss"],
            [
                ("siamese", "conv4", "my_loss", "cosine"), PIXELS,
                *(("siamese", "conv4", name, "my_similarity") for name in ("triplet", "my_loss")),
            ],
        ),
    ],
)  # fmt: skip
def test_a_part_stands_in_the_list_of_its_kind(cells, names, more):
    assert cells() == [*BEFORE, PIXELS]
    assert cells(*names) == [*BEFORE, *more]


def test_a_suite_that_lists_similarities_lists_one_more(cells):
    listed = SMALL + 'similarities = ["cosine"]\n'
    assert [one[3] for one in cells("my_similarity", text=listed)] == ["cosine", "my_similarity"]


def test_single_cells_keep_the_suites_learner(cells):
    text = HEAD + 'learner = "pixels"\n[[cells]]\nsimilarity = "cosine"\n'
    assert cells("my_pixels", text=text) == [("my_pixels", None, None, None), PIXELS]


def test_a_learner_that_the_suite_names_itself_is_added_once(cells):
    own = 'learner = "my_learner"\n' + SMALL
    assert cells("my_learner", text=own) == [("my_learner", "conv4", None, None)]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("my_loss", HEAD + CELL, r"--add .*my_loss\.py: expected a suite that lists losses"),
        ("my_similarity", HEAD + CELL, r"my_similarity\.py: expected a suite that lists a loss whose similarity may"),
        (
            "my_protocol",
            GRID,
            r"my_protocol\.py: expected a loss, backbone, similarity or learner, got one of the proto",
        ),
    ],
)
def test_what_no_list_can_take_is_refused(cells, name, text, message):
    with pytest.raises(RequestError, match=message):
        cells(name, text=text)
