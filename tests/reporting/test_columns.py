from dataclasses import replace

import pytest

from fewshot.core.errors import RequestError
from fewshot.registry.lookup import make_part
from fewshot.reporting.columns import IDENTITY, KEYS, fits, phrase, shown
from fewshot.suites.suite import read_suite

VERIFICATION, CONTRASTIVE, TRIPLET, PIXELS = read_suite("tests/reporting/golden/suite.toml").specs


def with_steps(spec, steps):
    return replace(spec, training=replace(spec.training, steps=steps))


def test_only_options_that_are_not_the_default_are_shown():
    wide = replace(VERIFICATION, backbone=replace(VERIFICATION.backbone, options={"widths": [8, 8, 8, 8]}))
    assert [shown(VERIFICATION, key) for key in IDENTITY[:3]] == ["verification", "weighted_l1", "conv4"]
    assert shown(wide, "network") == "conv4(widths=[8, 8, 8, 8])"
    assert shown(wide, "backbone") == "conv4"


def test_what_a_spec_says_under_each_key():
    assert [shown(CONTRASTIVE, key) for key in KEYS] == [
        "contrastive(margin=8.0)", "contrastive", "siamese", "euclidean", "conv4", "conv4", "28", "train", "600",
        "–", "–", "0.001", "mean_score", *["–"] * 5, "adamw", *["–"] * 6, "scripts", "typefaces", "test", "1", "–",
    ]  # fmt: skip
    assert [shown(PIXELS, key) for key in KEYS] == [
        "pixels", "pixels", "pixels", "cosine", "–", "–", "28", "–", "–", "–", "–", "–", "–",
        *["–"] * 12, "scripts", "typefaces", "test", "1", "–",
    ]  # fmt: skip
    turned = replace(TRIPLET, training=replace(TRIPLET.training, affine=0.5, turn="task"))
    assert [shown(turned, key) for key in ("affine", "turn")] == ["0.5", "task"]
    paired = replace(TRIPLET, training=replace(TRIPLET.training, pairs=30000, batch=2))
    assert [shown(paired, key) for key in ("pairs", "copies")] == ["30,000", "0"]
    assert phrase("steps", shown(with_steps(TRIPLET, 7500), "steps")) == "7,500 steps"
    assert (phrase("steps", "–"), phrase("backbone", "–")) == ("untrained", "no backbone")


def test_a_spec_fits_by_value_or_as_it_is_shown():
    spec = with_steps(TRIPLET, 7500)
    assert fits(spec, {"loss": "triplet", "size": 28, "steps": 7500})
    assert fits(spec, {"steps": "7,500", "learning_rate": 0.001})
    assert not fits(spec, {"loss": "triplet", "steps": 600})
    with pytest.raises(RequestError, match="unknown key of a row 'lose'"):
        fits(spec, {"lose": "triplet"})


def test_a_protocol_is_shown_with_its_options():
    held_out = replace(PIXELS, protocol=make_part("protocols", "held_out", {"way": 3}))
    assert shown(held_out, "protocol") == "held_out(way=3)"
    assert shown(replace(PIXELS, protocol=make_part("protocols", "held_out")), "protocol") == "held_out"
