"""Losses that are one loss: those that are declared, and no others."""

from itertools import combinations

import pytest
from plugin_texts import GOOD

from fewshot.conformance import check
from fewshot.conformance.same_loss import PAIRS, equal, same_as, values
from fewshot.registry.lookup import entries, load, make_part
from fewshot.registry.same_loss import same_loss
from fewshot.suites.cells.build import one_cell

LOSSES = {name: entry for name, entry in entries("losses").items() if not entry.family}


def declared(name: str, pairs: str) -> str:
    """The loss that another one says to be."""
    marks = LOSSES[name].marks
    own = marks.one_shot if pairs == "episode" else marks.all_pairs
    return declared(own, pairs) if own else name


def tried(similarity: str, pairs: str, shot: int = 1) -> dict:
    return {
        name: values(load("losses", name), make_part("losses", name).options, similarity, pairs, shot)
        for name, entry in LOSSES.items()
        if similarity == entry.marks.similarity or not entry.marks.fixed
    }


@pytest.mark.parametrize("similarity", ["cosine", "squared_euclidean"])
@pytest.mark.parametrize("pairs", PAIRS)
def test_two_losses_are_one_exactly_where_their_marks_say_so(similarity, pairs):
    found = tried(similarity, pairs)
    known = {name: value for name, value in found.items() if value is not None}
    one = {(a, b) for a, b in combinations(known, 2) if equal(known[a], known[b])}
    assert one == {(a, b) for a, b in combinations(known, 2) if declared(a, pairs) == declared(b, pairs)}
    if similarity == "cosine":
        wanted = {"episode": {"matching", "nt_xent", "supcon", "prototypical"}, "all": {"nt_xent", "info_nce"}}[pairs]
        assert wanted <= known.keys()
        assert len({declared(name, pairs) for name in wanted}) == 1


def test_of_several_shots_they_are_not_one():
    found = tried("cosine", "episode", shot=3)
    assert not equal(found["matching"], found["nt_xent"])
    assert not equal(found["matching"], found["prototypical"])


def test_a_weight_of_two_terms_is_no_temperature(add):
    add(
        '"""Softmax in both directions."""\nfrom torch.nn.functional import cross_entropy\nfrom fewshot import loss\n\n'
        '@loss(similarity="cosine", needs="logit")\n'
        "def mine(support, query, similarity, *, weight: float = 0.5):\n"
        "    logit = similarity.logit(query.flatten(1, 2), support.mean(2))\n"
        "    own = logit.unflatten(1, query.shape[1:3])\n"
        "    forth = -own.log_softmax(-1).diagonal(dim1=1, dim2=3).mean()\n"
        "    back = -own.log_softmax(1).diagonal(dim1=1, dim2=3).mean()\n"
        "    return weight * forth + (1 - weight) * back\n"
    )
    assert not any("the same loss as" in line for line in check("losses", "mine"))


def test_a_plug_in_that_is_a_loss_of_the_package_is_told_so(add):
    add(
        '"""Softmax."""\nimport torch\nfrom fewshot import compare, loss\n\n'
        '@loss(similarity="cosine", needs="logit")\ndef mine(support, query, similarity):\n'
        "    value, same = compare(support, query, similarity.logit)\n"
        "    return (value.logsumexp((-2, -1)) - value.diagonal(dim1=1, dim2=3).movedim(-1, 1).logsumexp(-1)).mean()\n"
    )
    line = check("losses", "mine")[-1]
    assert line.startswith(
        "plug-in mine.py: at one shot and but for a temperature, the same loss as matching, nt_xent, "
    )


def test_its_temperature_may_be_an_option_of_any_name_and_a_run_records_what_it_is(add, monkeypatch):
    add(
        '"""Softmax."""\nimport torch\nfrom fewshot import compare, loss\n\n'
        '@loss(similarity="cosine", needs="logit")\ndef mine(support, query, similarity, *, tau: float = 0.1):\n'
        "    value = compare(support, query, similarity.logit)[0] / tau\n"
        "    return (value.logsumexp((-2, -1)) - value.diagonal(dim1=1, dim2=3).movedim(-1, 1).logsumexp(-1)).mean()\n"
    )
    assert "the same loss as matching" in check("losses", "mine")[-1]
    cell = {"dataset": None, "size": 28, "stage": "val", "seed": 0, "options": {}}
    spec = one_cell("mine", "scripts", "conv4", None, **cell, training={"steps": 2})
    assert same_as(spec) == ["matching", "episode"]
    assert same_loss(spec, same_as(spec))[0] == "matching"
    assert same_as(one_cell("triplet", "scripts", "conv4", None, **cell, training={"steps": 2})) == []


def test_of_a_new_loss_no_line_is_printed(add):
    add(GOOD["losses"])
    assert not any("same loss" in line for line in check("losses", "mine", thorough=True))
