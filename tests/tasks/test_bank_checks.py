"""Banks of data set plug-ins, held to the request: classes, size, form, and no image in two splits."""

from copy import copy
from dataclasses import replace

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import Part
from fewshot.data.bank import ImageBank, make_bank
from fewshot.registry.lookup import make_part
from fewshot.tasks.bank_checks import check_apart, check_bank

OMNIGLOT = make_part("datasets", "omniglot")
FOLDER = make_part("datasets", "folder:x", {"channels": 1, "resize": 12})


def with_faults(bank: ImageBank, **values: object) -> ImageBank:
    """A copy whose types are not checked, as they are only in tests."""
    made = copy(bank)
    vars(made).update(values)
    vars(made).pop("count", None)
    return made


@pytest.fixture
def bank(glyph_bank):
    return glyph_bank(4, images=[3, 2, 4, 3], size=8)


def test_a_bank_as_requested_passes(bank):
    check_bank(bank, OMNIGLOT, bank.classes, 8)
    check_bank(bank, OMNIGLOT, bank.classes, None)
    larger = replace(bank, pixels=bank.pixels.repeat(1, 1, 2, 2)[..., :12, :12])
    check_bank(larger, FOLDER, bank.classes, 8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda bank: 3, "an ImageBank, got int"),
        (
            lambda bank: {"classes": (*bank.classes[:3], "a/9")},
            r"the 4 classes .*, got without 1 \(.*\) and with 1 \(a/9",
        ),
        (lambda bank: {"classes": bank.classes[::-1]}, "in its order, got these in another order"),
        (lambda bank: {"pixels": bank.pixels.float()}, r"pixels uint8 .*, from 0 to 255, got float32 \[12, 1, 8, 8\]"),
        (lambda bank: {"pixels": bank.pixels[:, 0]}, r"got uint8 \[12, 8, 8\]"),
        (lambda bank: {"pixels": bank.pixels[..., 1:]}, r"images \[1, 8, 8\], as requested, got \[1, 8, 7\]"),
        (lambda bank: {"pixels": bank.pixels.repeat(1, 3, 1, 1)}, r"got \[3, 8, 8\]; .* @dataset\(channels=3\)"),
        (lambda bank: {"label": bank.label.flip(0)}, "class by class, in the order of the classes, got .* interleaved"),
        (
            lambda bank: {"forged": torch.arange(12) % 3 == 0},
            "forgeries of each class after its genuine images, got them",
        ),
        (lambda bank: {"forged": bank.label == 1}, "a genuine image of every class, got none of"),
        (lambda bank: {"forged": bank.label}, r"forged bool \[12\], one an image, got int64 \[12\]"),
        (lambda bank: {"label": bank.label.clamp(max=2)}, "an image of every class, got none of 1"),
        (lambda bank: {"label": bank.label.int()}, r"a label int64 \[12\], one an image, got int32 \[12\]"),
        (lambda bank: {"author": bank.author + 99}, "an author from 0 to .*, got 99 to"),
        (lambda bank: {"names": ("a/1.png",)}, "a name of each of 12 images, or none, got 1 names"),
        (lambda bank: {"group": bank.group[1:]}, r"a group int64 \[12\], one an image, got int64 \[11\]"),
    ],
)
def test_a_bank_unlike_the_request_is_refused(bank, change, message):
    changed = change(bank)
    given = with_faults(bank, **changed) if isinstance(changed, dict) else changed
    with pytest.raises(RequestError, match=f"^data set omniglot: expected .*{message}"):
        check_bank(given, OMNIGLOT, bank.classes, 8)


def test_an_image_in_two_splits_is_refused(bank, glyph_bank):
    other = glyph_bank(5, images=[2] * 5, size=8)
    pixels = torch.randint(0, 256, other.pixels.shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(3))
    apart = replace(other, pixels=pixels)
    plain = Part("mine")
    check_apart({"train": bank, "test": apart}, plain)
    check_apart({"train+val": bank, "val": bank, "test": apart}, plain)
    shared = apart.pixels.clone()
    shared[7] = bank.pixels[4]
    apart = replace(apart, pixels=shared, digest="of its own")
    with pytest.raises(
        RequestError, match=r"mine: expected no image in two splits, got 1 \(.* in train = .* in test\)"
    ):
        check_apart({"train": bank, "test": apart}, plain)


def test_a_plug_in_without_any_image_is_refused(bank):
    empty = make_bank(bank.pixels.numpy()[:0], *[bank.label.numpy()[:0]] * 3, classes=(), groups=(), authors=())
    with pytest.raises(RequestError, match="expected the 4 classes"):
        check_bank(empty, OMNIGLOT, bank.classes, 8)
