"""What is refused of a similarity, one small plug-in file for each breach."""

import pytest
from plugin_texts import APART, GOOD, SIMILARITY, SQUARE, WITHOUT_DISTANCE

from fewshot.conformance import check


@pytest.mark.parametrize(
    ("init", "score", "distance", "message"),
    [
        ("", "return left.sum(-1)", "return 0", r"expected a score, a float tensor \[3 4\], .*got float32 \[3\]"),
        ("", f"return -{APART}.norm(dim=-1)", f"return {APART}.sum(-1)", "expected a distance of at least 0.*got -"),
        ("", f"return -{APART}.square().sum(-1).sqrt()", "return 0", "finite gradient for the left .*equal, got"),
        ("", "return (left / left.norm(dim=-1, keepdim=True)) @ right.mT", "return 0", "all zero, got .*not finite"),
        (
            "",
            "if left.ndim == 2:\n            return self.score(left[None], right[None])[0]\n"
            "        return torch.bmm(left, right.mT)",
            "return 0",
            r"batch1 must be a 3D tensor \(given left \[2 2 3 7\]",
        ),
        ("self.size = 1 / 0", "return 0", "return 0", r"mine.py, line 12: ZeroDivisionError"),
    ],
)
def test_a_similarity_that_breaks_its_promise_is_refused(refused, init, score, distance, message):
    refused(SIMILARITY.format(init=init or "pass", score=score, distance=distance), message)


def test_a_similarity_needs_a_score_and_is_a_class(refused, add):
    refused(GOOD["similarities"].replace("def score", "def likeness"), "expected a method score, got distance")
    function = "from fewshot import similarity\n\n\n@similarity\ndef mine(shape):\n    return None\n"
    refused(function, "expected a class")


def test_a_similarity_of_maps_is_tried_with_maps(add):
    text = GOOD["similarities"].replace("torch.ones(7)", "torch.ones(18)")
    add(text.replace("super().__init__()", "super().__init__()\n        channel, height, width = shape"))
    assert "of 18 numbers" in check("similarities", "mine")[1]


SOUND = f"return {SQUARE}"


@pytest.mark.parametrize(
    ("init", "score", "distance", "message"),
    [
        (
            "self.drawn = torch.rand(7)",
            f"return -({APART}.square() @ self.drawn)",
            SOUND,
            "after its state_dict is loaded",
        ),
        ("self.spare = nn.Parameter(torch.ones(2))", f"return -{SQUARE}", SOUND, "weight spare, got none"),
        ("", f"return -{SQUARE} * torch.rand(())", SOUND, "the same score whatever numbers are drawn, in eval mode"),
        ("", f"return -{SQUARE} + left.mean()", SOUND, "the same score of two embeddings alone as"),
        ("", f"return -{SQUARE}.detach() - {APART}.abs().sum(-1)", SOUND, "gradient for the left .* differences"),
    ],
)
def test_a_similarity_that_breaks_a_promise_about_numbers_is_refused(refused, init, score, distance, message):
    refused(SIMILARITY.format(init=init or "pass", score=score, distance=distance), message)


def test_a_similarity_is_a_module(refused):
    text = (
        GOOD["similarities"].replace("class mine(nn.Module)", "class mine").replace("        super().__init__()\n", "")
    )
    refused(text, "expected an nn.Module, got mine")


def test_a_similarity_that_jumps_with_rounding_is_refused(refused):
    score = f"return -{SQUARE} * (1 + 0.5 * (left == left.bfloat16().float()).all())"
    refused(WITHOUT_DISTANCE.format(init="pass", score=score), "for embeddings rounded to bfloat16, within 0.1")
