"""The images of a spec: stored larger than they are used, coloured or grey, and refused before anything runs."""

from dataclasses import replace

import pytest
from runs import load_all

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import make_part
from fewshot.registry.resolved import Resolved
from fewshot.tasks.images import check_images, damaged_in, image_shape, skipped_in, stored_size

SPEC = RunSpec(
    make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"}),
    make_part("protocols", "held_out", {"way": 3, "shots": [1], "query": 2, "episodes": 5, "val_episodes": 5}),
    "test",
    8,
    make_part("learners", "siamese"),
    make_part("similarities", "cosine"),
    make_part("backbones", "conv4"),
    make_part("losses", "prototypical"),
    training=Recipe(task=TaskShape(3, 1, 2), batch=1, steps=2, val_every=2),
)


def stored(**options) -> RunSpec:
    return replace(SPEC, dataset=make_part("datasets", "folder:people", {"split": "0.5/0.25/0.25"} | options))


@pytest.mark.parametrize(
    ("spec", "shape", "side"),
    [
        (SPEC, (3, 8, 8), 8),
        (stored(channels=1), (1, 8, 8), 8),
        (stored(resize=12), (3, 8, 8), 12),
        (replace(SPEC, dataset=make_part("datasets", "typefaces")), (1, 8, 8), 8),
    ],
)
def test_shapes_are_known_without_the_images(spec, shape, side):
    assert (image_shape(Resolved(spec)), stored_size(spec)) == (shape, side)


def test_banks_are_as_large_as_they_are_stored(photographs):
    banks = load_all(stored(resize=12, channels=1), [photographs])
    assert set(banks) == {"train", "val", "test"}
    assert {bank.shape for bank in banks.values()} == {(1, 12, 12)}
    assert {split: len(bank.classes) for split, bank in banks.items()} == {"train": 6, "val": 3, "test": 3}
    assert skipped_in(banks) == {}
    assert skipped_in(banks | {"val": replace(banks["val"], skipped=2)}) == {"val": 2}
    damaged = dict.fromkeys([f"{number}.png" for number in range(9)], "an empty file")
    named = damaged_in(banks | {"val": replace(banks["val"], damaged=damaged)})
    assert named == {"val": ["0.png", "1.png", "2.png", "3.png", "4.png"]}


@pytest.mark.parametrize(
    ("spec", "where", "message"),
    [
        (stored(resize=7), ("options", "folder:people", "resize"), "0, or at least the 8 px that are used, got 7"),
        (replace(stored(channels=1), normalise="imagenet"), ("normalise",), r'"own" for images of 1 channel, got'),
    ],
)
def test_images_too_small_and_colours_of_grey_are_refused(spec, where, message):
    with pytest.raises(RequestError, match=message) as refused:
        check_images(Resolved(spec))
    assert refused.value.where == where


def test_valid_images_pass():
    check_images(Resolved(replace(stored(resize=8), normalise="imagenet")))
    check_images(Resolved(replace(stored(channels=1), normalise="own")))
