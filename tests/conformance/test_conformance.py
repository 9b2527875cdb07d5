"""Every part that the registry knows, good plug-ins of every kind, options and families."""

import inspect
import os
from dataclasses import replace
from importlib.util import find_spec

import pytest
from plugin_texts import (
    BACKBONE,
    CLASS_LOSS,
    COMPARED,
    GOOD,
    LEARNER,
    LEARNS,
    LOSS,
    NORMED,
    PROTOTYPES,
    SQUARE,
    WITHOUT_DISTANCE,
)

from fewshot.conformance import check, check_plugins
from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.registry.lookup import entries, find, load, make_part
from fewshot.registry.source import KINDS

LONG = {
    "wrn28_10",
    "maml",
    *(f"torchvision:{name}" for name in ("resnet18", "resnet50", "convnext_tiny")),
}  # 11 to 36 M weights, or gradients of gradients
EVERY = [
    (kind, f"{name}:{member}" if entry.family else name)
    for kind in KINDS.values()
    for name, entry in entries(kind).items()
    for member in (getattr(entry.marks, "examples", ("any",)) if entry.family else ("",))
]


@pytest.mark.parametrize(("kind", "name"), EVERY)
def test_every_part_keeps_the_promises_of_its_kind(kind, name):
    if name in LONG and not os.environ.get("FEWSHOT_SLOW"):
        pytest.skip(f"{name} takes too long for every run of the tests: set $FEWSHOT_SLOW to check it")
    try:
        lines = check(kind, name, thorough=True)
    except RequestError as error:
        if find_spec("learn2learn") or "learn2learn" not in str(error):
            raise
        pytest.skip(str(error))
    assert all(line.startswith(f"{find(kind, name).label}: ") for line in lines)


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS.values() for name in entries(kind)])
def test_the_registry_reads_the_marks_and_options_of_the_part(kind, name):
    entry = entries(kind)[name]
    full = f"{name}:any" if entry.family else name
    part = load(kind, full)
    assert (part.marks, part.__name__) == (entry.marks, name)
    assert 10 < len(entry.summary) <= 120
    assert entry.summary[0].isupper()
    assert make_part(kind, full).revision == part.marks.revision >= 1
    signature = inspect.signature(part).parameters.values()
    assert list(entry.options) == [option.name for option in signature if option.kind is option.KEYWORD_ONLY]


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_plug_in_passes(kind, add):
    assert add(GOOD[kind]).kind == kind
    lines = check(kind, "mine", thorough=True)
    assert all(line.startswith("plug-in mine.py: ") for line in lines)


@pytest.mark.parametrize(
    "text",
    [
        LOSS.format(body=PROTOTYPES.format(sign="-")),
        LOSS.format(body="support = support[:, :, -1:]\n    " + PROTOTYPES.format(sign="")),
        WITHOUT_DISTANCE.format(init="pass", score=f"return {SQUARE}"),
        BACKBONE.format(init="", forward=f"images = images if self.training else images * 0 + 0.5\n        {NORMED}"),
        LEARNER.format(objective=LEARNS, scores=COMPARED.replace("return ", "return -")),
    ],
)
def test_separation_is_no_part_of_the_contract(add, text):
    """Each is refused on request: tests of separation, ranking, backbones and learning."""
    entry = add(text)
    assert len(check(entry.kind, entry.name)) > 2


def test_an_option_without_a_default_is_reported_and_checked_when_it_is_given(add, refused):
    text = GOOD["losses"].replace("float = 1.0", "float")
    add(text)
    assert check("losses", "mine")[-1].startswith("plug-in mine.py: needs a value for the option margin")
    assert len(check("losses", "mine", options={"margin": 2.0})) == 5
    refused(text, "mine needs the option margin", options={})


def test_an_inherited_option_would_not_stand_in_a_spec_and_is_refused(refused):
    text = "class Base:\n    def __init__(self, shape, *, power: float = 1.0):\n        pass\n\n\n"
    text = "from fewshot import similarity\n\n\n" + text + "@similarity\nclass mine(Base):\n    '''Mine.'''\n"
    refused(text, "expected the options of its source, none, got power")


FAMILY = GOOD["losses"].replace('"euclidean"', '"euclidean", family="how"').replace("margin: float = 1.0", "how: str")


def test_a_member_of_a_family_is_checked_by_its_full_name(add, refused):
    text = FAMILY.replace("how: str", "how: str, **more").replace("    return", "    assert how == 'mean'\n    return")
    refused(text, "loss mine: expected mine:HOW, got 'mine'")
    add(text)
    lines = check("losses", "mine:mean", options={"how": "mean", "margin": 2.0})
    assert lines[0].endswith("called by (support, query, similarity, *, how, **options)")
    assert len(lines) == 5
    with pytest.raises(RequestError, match="AssertionError"):
        check("losses", "mine:sum")


def test_the_plug_ins_of_specs_are_checked_once_with_their_options(add):
    add(GOOD["losses"].replace("float = 1.0", "float"))
    common = {"dataset": Part("omniglot"), "protocol": Part("lake"), "stage": "test", "size": 28, "learner": Part("x")}
    specs = [
        RunSpec(**common, loss=make_part("losses", "mine", {"margin": margin}), seed=seed)
        for margin in (1.0, 2.0)
        for seed in (0, 1)
    ]
    assert len(check_plugins(specs)) == 2 * 5
    add(LOSS.format(body="return query.sum(-1)"))
    with pytest.raises(RequestError, match="expected one number"):
        check_plugins(specs)


WEIGHTED = CLASS_LOSS.replace("super().__init__()", "super().__init__()\n        assert classes == 731, classes", 1)


def test_a_loss_is_tried_with_the_number_of_classes_that_a_run_learns_from(add):
    add(WEIGHTED)
    with pytest.raises(
        RequestError, match=r"AssertionError: 11 .*; tried with 11 training classes, a number made up; a run"
    ):
        check("losses", "mine")
    common = {"dataset": Part("typefaces"), "protocol": Part("scripts"), "size": 28, "learner": Part("x")}
    spec = RunSpec(**common, stage="val", loss=make_part("losses", "mine"), training=Recipe())
    assert check_plugins([spec])
    with pytest.raises(RequestError, match=r"AssertionError: 2924 .*; tried with 2924 training classes$"):
        check_plugins([replace(spec, training=Recipe(turn="class"))])
