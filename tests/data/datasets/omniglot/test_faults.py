"""Archives that are not the official content: what is wrong is named, and looked at again once it is repaired."""

import re

import numpy as np
import pytest

from fewshot.core.errors import RequestError

IMAGE = "Ah/character01/0000_03.png"
CHARACTER = {f"Be/character01/0002_{drawer:02d}.png": None for drawer in range(1, 21)}
FAULTS = {
    "truncated": (
        lambda w: w.zip().write_bytes(w.zip().read_bytes()[:3000]),
        r"zip archive, got a truncated or damaged one \(3,000",
    ),
    "html": (
        lambda w: w.zip().write_bytes(b"\n<!DOCTYPE html>"),
        "zip archive, got an HTML page; remove or replace it",
    ),
    "empty": (lambda w: w.zip().write_bytes(b""), "got an empty file"),
    "pointer": (lambda w: w.zip().write_bytes(b"version https://git-lfs.github.com"), "got a Git LFS pointer"),
    "text": (lambda w: w.zip().write_bytes(b"hello"), "got something else that starts with b'hello'"),
    "missing image": (
        lambda w: w.write_zip({IMAGE: None}),
        rf"exactly the 60 images of images_background; missing 1 \({IMAGE}\)$",
    ),
    "missing alphabet": (lambda w: w.write_zip(CHARACTER | {IMAGE: None}), rf"missing 2 \({IMAGE}, Be\)$"),
    "extra": (
        lambda w: w.write_zip({"Ah/character03/0009_01.png": b""}),
        r"not expected 1 \(Ah/character03/0009_01\.png\)$",
    ),
    "damaged": (lambda w: w.write_zip({IMAGE: w.files["images_background"][IMAGE][:200]}), rf"damaged: 1 \({IMAGE}: "),
    "no image": (
        lambda w: w.write_zip({IMAGE: b"x", IMAGE.replace("3", "4"): b"x"}),
        rf"damaged: 2 \({IMAGE}: cannot identify",
    ),
    "size": (
        lambda w: w.write_zip({IMAGE: w.png(np.zeros((28, 30), bool))}),
        rf"105 × 105 .* 1 \({IMAGE}: 30 × 28 pixels\)",
    ),
    "pixels": (
        lambda w: w.write_zip({IMAGE: w.png(np.zeros((105, 105), bool))}),
        rf"official pixels .*other pixels in 1 \({IMAGE}\)$",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_are_named(world, fault):
    damage, message = FAULTS[fault]
    before = world.load()
    damage(world)
    with pytest.raises(RequestError, match=message) as caught:
        world.load()
    assert str(world.zip()) in str(caught.value)
    assert len(str(caught.value)) < 700
    world.write_zip()
    assert world.load().digest == before.digest


def test_a_changed_file_of_an_unpacked_archive_is_noticed(world):
    image = world.unpack("omniglot", "images_background") / IMAGE
    world.load()
    image.write_bytes(world.png(np.zeros((105, 105), bool)))
    with pytest.raises(RequestError, match=f"other pixels in 1 .{re.escape(IMAGE)}"):
        world.load()
