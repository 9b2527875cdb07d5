"""What is refused of a loss, one small plug-in file for each breach."""

from pathlib import Path

import pytest
from plugin_texts import CLASS_LOSS, GOOD, LOSS, PUSH

from fewshot.conformance import check
from fewshot.models.losses import arcface
from fewshot.registry.lookup import add_plugin


def test_a_good_loss_with_class_vectors_passes(add):
    add(CLASS_LOSS)
    lines = check("losses", "mine")
    assert "to the queries and all its weights; independent" in lines[-3]


def test_a_loss_that_draws_numbers_is_not_checked_for_order(add):
    add(LOSS.format(body=f"{PUSH.format(sign='-')} * torch.rand(())"))
    assert "it draws numbers" in check("losses", "mine")[-3]


def test_a_mark_of_class_vectors_without_weights_is_refused(refused):
    marked = GOOD["losses"].replace('similarity="euclidean"', 'similarity="euclidean", class_vectors=True')
    refused(marked, "expected weights of a loss marked with class_vectors, got none")


MEAN = "similarity.distance(query[:, 0], support[:, 0]).mean()"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (f"return {MEAN}.detach()", "expected a gradient, got none"),
        ("return (0 * query).sum()", "expected a gradient for the supports or the queries, got none but zeros"),
        (
            "return (query.mean(2) - support.mean(2)).square().sum(-1).sqrt().mean()",
            "expected a finite gradient for the supports, given equal embeddings, supports",
        ),
        (
            f"return {MEAN} * __import__('random').random()",
            "expected the same numbers from the same seed, got numbers .* not from random",
        ),
        (
            "near = torch.relu(1 - similarity.distance(query, query)).mean()\n"
            f"    return {MEAN} + near * __import__('random').random()",
            "expected the same numbers from the same seed",
        ),
        ("return (0 * query).sum().sqrt()", "expected a finite gradient for the queries, .* not finite"),
        (f"return {MEAN}", r"the same number for classes in another order, [\d.]+, got [\d.]+"),
    ],
)
def test_a_loss_that_breaks_its_promise_is_refused(refused, body, message):
    refused(LOSS.format(body=body), message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("similarity, *,", "similarity,", r"expected \(support, query, similarity, \*, options\), .*margin=1.0\)"),
        ("support, query, similarity,", "support, query,", r"expected \(support, query, similarity, .*got \(support"),
        ("similarity, *,", "similarity, *more,", r"expected \(support.*got \(.*\*more"),
        ('"euclidean"', '"euclidian"', "unknown similarity 'euclidian': did you mean euclidean"),
        ('"euclidean"', '"euclidean", needs="angle"', "unknown need of plug-in mine.py 'angle'.*distance, logit"),
        ("from fewshot import loss", "def loss(**_):\n    return lambda part: part", "marked by the decorator"),
    ],
)  # fmt: skip
def test_a_loss_of_a_wrong_signature_or_mark_is_refused(refused, old, new, message):
    refused(GOOD["losses"].replace(old, new), message)


@pytest.mark.parametrize("needs", ["score", "logit"])
def test_a_loss_that_calls_a_distance_and_does_not_say_so_is_refused(refused, add, needs):
    text = LOSS.replace('similarity="euclidean"', f'similarity="euclidean", needs="{needs}"')
    call = "return similarity.{}(query.mean(2), support.mean(2)).diagonal(0, 1, 2).mean()"
    refused(text.format(body=call.format("distance")),
            f"expected needs='distance' of a loss that calls distance, got needs='{needs}'")  # fmt: skip
    either = 'compare = similarity.distance if hasattr(similarity, "distance") else similarity.score\n    '
    add(text.format(body=either + "return compare(query.mean(2), support.mean(2)).diagonal(0, 1, 2).mean()"))
    assert check("losses", "mine")
    both = text.replace(f'needs="{needs}"', 'needs="distance"').format(body=call.format("distance") + " + 0 * "
            "similarity.logit(query.mean(2), support.mean(2)).mean()")  # fmt: skip
    add(both)
    assert check("losses", "mine")


def test_a_loss_by_the_package_s_adapter_of_the_library_passes(add):
    source = (Path(arcface.__file__)).read_text("utf-8").replace("class arcface", "class mine")
    add(source.partition('"""\n')[2])
    assert check("losses", "mine")


def test_arguments_in_another_order_are_refused(refused):
    text = LOSS.replace("mine(support, query, similarity", "mine(query, support, similarity")
    refused(text.format(body="return similarity.distance(query.mean(2), support.mean(2)).mean()"),
            r"expected \(support, query, similarity, \*, options\), got \(query, support, similarity")  # fmt: skip


def test_a_loss_whose_default_similarity_lacks_what_it_needs_is_refused(add, refused, tmp_path):
    bare = GOOD["similarities"].replace("def distance", "def other").replace("class mine", "class bare")
    (tmp_path / "bare.py").write_text(bare, encoding="utf-8")
    add_plugin(tmp_path / "bare.py")
    text = GOOD["losses"].replace('"euclidean"', '"bare"')
    refused(text, "expected a similarity with 'distance', which it needs; its default bare lacks it")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("classes, dim))", "classes, dim))\n        self.spare = nn.Parameter(torch.ones(2))", "weight spare, got"),
        ("(nn.Module)", "", "expected a function or an nn.Module class, got the class mine"),
        ("self, dim, classes, *", "self, dim, *", r"expected \(dim, classes, \*, options\)"),
        ("similarity, classes):", "similarity):", "TypeError: .*positional"),
    ],
)  # fmt: skip
def test_a_loss_with_weights_that_breaks_its_promise_is_refused(refused, old, new, message):
    refused(CLASS_LOSS.replace(old, new), message)


def test_a_loss_that_jumps_with_rounding_is_refused(refused):
    body = f"{PUSH.format(sign='-')} * (1 + 0.5 * (query == query.bfloat16().float()).all())"
    refused(LOSS.format(body=body), "nearly the same number for embeddings rounded to bfloat16")
