"""Good plug-ins of every kind, options and families, and the plug-ins that specs name."""

import pytest
from plugin_texts import GOOD, LOSS

from fewshot.conformance import check, check_plugins
from fewshot.core.errors import RequestError
from fewshot.core.spec import Part, RunSpec
from fewshot.registry.lookup import make_part


@pytest.mark.parametrize("kind", GOOD)
def test_a_good_plug_in_passes(kind, add):
    assert add(GOOD[kind]).kind == kind
    lines = check(kind, "mine")
    assert all(line.startswith("plug-in mine.py: ") for line in lines)


def test_an_option_without_a_default_is_reported_and_checked_when_it_is_given(add, refused):
    text = GOOD["losses"].replace("float = 1.0", "float")
    add(text)
    assert check("losses", "mine")[-1].startswith("plug-in mine.py: needs a value for the option margin")
    assert len(check("losses", "mine", options={"margin": 2.0})) == 5
    refused(text, "mine needs the option margin", options={})


def test_an_inherited_option_would_not_stand_in_a_spec_and_is_refused(refused):
    text = "class Base:\n    def __init__(self, shape, *, power: float = 1.0):\n        pass\n\n\n"
    text = "from fewshot import similarity\n\n\n" + text + "@similarity\nclass mine(Base):\n    '''Mine.'''\n"
    refused(text, "its source says none, the imported part power")


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
