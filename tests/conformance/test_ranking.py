"""Similarities by which what is alike does not score higher."""

import pytest
from plugin_texts import APART, SIMILARITY, SQUARE, WITHOUT_DISTANCE

from fewshot.conformance import check


def test_a_similarity_that_has_yet_to_learn_has_no_distance_and_keeps_no_order(add):
    init = "self.net = nn.Sequential(nn.Linear(7, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 1))"
    score = f"apart = {APART}\n        return self.net(apart.flatten(0, -2)).view(apart.shape[:-1])"
    add(SIMILARITY.format(init=init, score=score, distance="").replace("    def distance(self, left, right):\n", ""))
    lines = check("similarities", "mine", thorough=True)
    assert lines[3].startswith("plug-in mine.py: gradients agree with differences in float64; saved")
    assert lines[4] == "plug-in mine.py: learns in 100 steps which embeddings are alike"


@pytest.mark.parametrize(
    ("score", "distance", "message"),
    [
        (SQUARE, SQUARE, "expected a larger score for equal embeddings than for some"),
        (f"-{SQUARE}", f"{SQUARE} + 1", "expected a distance of 0 between equal embeddings, got 1,"),
    ],
)
def test_a_similarity_with_a_distance_has_nothing_nearer_than_equal_embeddings(refused, score, distance, message):
    text = SIMILARITY.format(init="pass", score=f"return {score}", distance=f"return {distance}")
    refused(text, message, thorough=True)


@pytest.mark.parametrize("score", ["left @ right.mT", "(left @ right.mT) ** 2", f"-{SQUARE}", f"(-{SQUARE}).exp()"])
def test_a_similarity_without_a_distance_or_weights_has_equal_embeddings_more_alike(add, refused, score):
    add(WITHOUT_DISTANCE.format(init="pass", score=f"return {score}"))
    assert "equal embeddings more alike than others" in check("similarities", "mine", thorough=True)[-1]
    text = WITHOUT_DISTANCE.format(init="pass", score=f"return -({score})")
    refused(
        text,
        "a clearly larger score for similar embeddings than for others, got one .* smaller on average",
        thorough=True,
    )


def test_a_similarity_without_a_distance_is_held_to_each_of_its_measures(refused):
    text = WITHOUT_DISTANCE.format(init="pass", score="return left @ right.mT")
    text += "\n    def logit(self, left, right):\n        return 1 - self.score(left, right)\n"
    refused(
        text,
        "a clearly larger logit for similar embeddings than for others, got one .* smaller on average",
        thorough=True,
    )


@pytest.mark.parametrize(
    ("init", "score", "message"),
    [
        ("torch.zeros(())", "-self.weight.exp() * (left @ right.mT)", "larger score for equal .* smaller one with all"),
        ("torch.ones(())", "-self.weight * (left @ right.mT)", "larger score for equal .* smaller one with all of 10"),
        ("torch.ones(7)", "-((left * self.weight) @ right.mT)", "larger score for equal .* smaller one with all of 10"),
        (
            "torch.randn(7)",
            "(left @ self.weight)[..., :, None] + (right @ self.weight)[..., None, :]",
            "a clearly larger score for similar embeddings than for others after 100 steps of its weights",
        ),
        (
            "torch.randn(7, 7)",
            "((left @ self.weight).tanh() @ right.mT) / 1e6",
            None,
        ),
    ],
)
def test_a_similarity_that_learns_what_is_alike_can_learn_it(add, refused, init, score, message):
    text = WITHOUT_DISTANCE.format(init=f"self.weight = nn.Parameter({init})", score=f"return {score}")
    if message:
        refused(text, message, thorough=True)
    else:
        add(text)
        assert "learns in 100 steps which embeddings are alike" in check("similarities", "mine", thorough=True)[-1]
