"""A bank's checks and digest."""

import numpy as np
import pytest
import torch

from fewshot.core.checks import Oblong
from fewshot.core.errors import RequestError
from fewshot.data.bank import make_bank
from fewshot.data.bank_files import read_bank, write_bank


def arrays(**changes) -> dict:
    """What `make_bank` takes: two classes of two images."""
    given = {
        "pixels": np.arange(4 * 6, dtype=np.uint8).reshape(4, 1, 2, 3),
        "label": np.array([0, 0, 1, 1]),
        "group": np.array([0, 0, 0, 0]),
        "author": np.array([0, 1, 0, 1]),
        "classes": ("a", "b"),
        "groups": ("g", "h"),
        "authors": ("x", "y"),
    }
    return given | changes


def test_counts_firsts_and_groups_of_classes(glyph_bank):
    bank = glyph_bank(4, images=(3, 1, 2, 5), groups=(1, 3))
    assert (len(bank), bank.shape) == (11, (1, 8, 8))
    assert bank.count.tolist() == [3, 1, 2, 5]
    assert bank.first.tolist() == [0, 3, 4, 6]
    assert bank.class_group.tolist() == [0, 1, 1, 1]


OTHER = {
    "pixels": np.array([*range(23), 24], dtype=np.uint8).reshape(4, 1, 2, 3),
    "label": np.array([0, 1, 1, 1]),
    "group": np.array([0, 0, 1, 1]),
    "author": np.array([0, 1, 1, 0]),
    "classes": ("a", "c"),
    "groups": ("g", "i"),
    "authors": ("x", "z"),
}


@pytest.mark.parametrize("name", OTHER)
def test_the_digest_depends_on_every_pixel_number_and_name(name):
    digest = make_bank(**arrays()).digest
    assert make_bank(**arrays()).digest == digest
    assert make_bank(**arrays(**{name: OTHER[name]})).digest != digest


def test_the_digest_depends_on_the_shape():
    turned = arrays()["pixels"].reshape(4, 1, 3, 2)
    assert make_bank(**arrays(pixels=turned)).digest != make_bank(**arrays()).digest


@pytest.mark.parametrize(
    ("label", "classes"),
    [
        ([0, 1, 0, 1], ("a", "b")),
        ([1, 1, 0, 0], ("a", "b")),
        ([0, 0, 2, 2], ("a", "b", "c")),
        ([0, 0, 0, 0], ("a", "b")),
        ([0, 0, 1, 2], ("a", "b")),
        ([0, 0, 2, 2], ("a", "b")),
    ],
    ids=["mixed", "backwards", "one without", "last without", "one too many", "beyond the last"],
)
def test_classes_that_are_empty_or_not_contiguous_are_refused(label, classes):
    with pytest.raises(RequestError, match=f"{len(classes)} classes"):
        make_bank(**arrays(label=np.array(label), classes=classes))


@pytest.mark.parametrize("made", [np.uint8, np.int8])
def test_labels_of_any_whole_numbers_are_checked(made):
    assert make_bank(**arrays(label=made([0, 0, 1, 1]))).label.tolist() == [0, 0, 1, 1]
    with pytest.raises(RequestError, match="2 classes, class by class"):
        make_bank(**arrays(label=made([1, 0, 1, 0])))


def test_a_forgery_of_no_class_is_refused():
    with pytest.raises(RequestError, match="2 classes, class by class, genuine before forged"):
        make_bank(**arrays(label=np.array([0, 1, 1, 2]), forged=np.array([False, False, True, True])))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pixels": np.zeros((4, 1, 2, 3))}, r"pixels: .*, got float64 \[4, 1, 2, 3\]"),
        ({"pixels": np.zeros((4, 2, 3), np.uint8)}, r"pixels: .*, got uint8 \[4, 2, 3\]"),
        (
            {"pixels": np.zeros((3, 1, 2, 3), np.uint8)},
            r"label: expected whole numbers \[3\], one an image, got int64 \[4\]",
        ),
        ({"author": np.array([0.5, 0, 1, 1])}, r"author: expected whole numbers \[4\], one an image, got float64"),
        ({"group": np.array([0, 0, 1, 2])}, "group: expected 0 to 1, got 0 to 2"),
    ],
)
def test_arrays_of_another_form_are_refused(changes, message):
    with pytest.raises(RequestError, match=message):
        make_bank(**arrays(**changes))


def test_to_moves_the_images_and_leaves_the_rest(glyph_bank):
    bank = glyph_bank()
    there = bank.to("meta")
    moved = (there.pixels, there.label, there.group, there.author, there.forged)
    assert {one.device.type for one in moved} == {there.device.type} == {"meta"}
    assert (there.digest, there.classes, there.shape, len(there)) == (bank.digest, bank.classes, bank.shape, len(bank))
    assert bank.device.type == "cpu"


def test_some_images_of_a_bank_are_a_bank_of_the_authors_that_are_left(glyph_bank):
    bank = glyph_bank(3, images=(4, 3, 4), groups=(1, 2))
    some = bank.only(torch.tensor([1, 3, 5, 7, 8, 10]))
    assert torch.equal(some.pixels, bank.pixels[[1, 3, 5, 7, 8, 10]])
    assert some.label.tolist() == [0, 0, 1, 2, 2, 2]
    assert (some.count.tolist(), some.first.tolist(), some.class_group.tolist()) == ([2, 1, 3], [0, 2, 3], [0, 1, 1])
    assert (some.classes, some.groups) == (bank.classes, bank.groups)
    names = [some.authors[author] for author in some.author.tolist()]
    assert names == [bank.authors[author] for author in bank.author[[1, 3, 5, 7, 8, 10]].tolist()]
    assert (bank.only(torch.tensor([3, 6, 10])).authors, bank.only(torch.tensor([3, 6, 10])).author.tolist()) == (
        ("author2", "author3"), [1, 0, 1],
    )  # fmt: skip


def test_a_part_of_a_bank_has_the_images_in_their_order_and_their_classes_alone(glyph_bank):
    bank, images = glyph_bank(4, images=3), torch.tensor([10, 3, 11])
    part = bank.part(images, "tried")
    assert torch.equal(part.pixels, bank.pixels[images])
    assert [part.classes[label] for label in part.label] == [bank.classes[label] for label in bank.label[images]]
    assert part.classes == (bank.classes[1], bank.classes[3])
    assert part.names == tuple(bank.names[image] for image in images)
    assert len({bank.digest, part.digest, bank.part(images, "other").digest}) == 3


def test_some_images_have_a_digest_of_their_own(glyph_bank):
    bank, other = glyph_bank(3, images=4), glyph_bank(3, images=5)
    choices = [torch.arange(12), torch.tensor([0, 4, 8]), torch.tensor([1, 4, 8])]
    some = [*(bank.only(images) for images in choices), other.only(torch.tensor([0, 5, 10]))]
    digests = [one.digest for one in (bank, other, *some)]
    assert len(set(digests)) == 6
    assert bank.only(choices[1]).digest == digests[3]


def test_every_class_keeps_an_image(glyph_bank):
    bank = glyph_bank(3, images=2, groups=1)
    with pytest.raises(RequestError, match="expected images of every class, got none of group0/glyph1"):
        bank.only(torch.tensor([0, 1, 4]))


@pytest.mark.parametrize(("stored", "size", "first"), [(10, 6, 2), (10, 7, 1), (9, 8, 0)])
def test_the_centre_of_every_image_is_a_view(glyph_bank, stored, size, first):
    bank = glyph_bank(6, size=stored)
    found = bank.centre(size)
    assert found.shape == (1, size, size)
    assert torch.equal(found.pixels, bank.pixels[..., first : first + size, first : first + size])
    assert found.pixels.untyped_storage().data_ptr() == bank.pixels.untyped_storage().data_ptr()
    assert found.digest != bank.digest
    assert (found.classes, len(found)) == (bank.classes, len(bank))


def test_the_centre_may_be_oblong(glyph_bank):
    bank = glyph_bank(6, size=10)
    found = bank.centre(Oblong(4, 7))
    assert torch.equal(found.pixels, bank.pixels[..., 3:7, 1:8])
    assert found.centre(Oblong(4, 7)) is found
    with pytest.raises(RequestError, match="expected at most 4 × 7 px, that of the images, got 5"):
        found.centre(5)


def test_the_centre_of_images_as_large_is_the_bank_itself(glyph_bank):
    bank = glyph_bank(6)
    assert bank.centre(8) is bank
    with pytest.raises(RequestError, match="size: expected at most 8 px, that of the images, got 9"):
        bank.centre(9)


def test_images_without_names_are_numbered_in_their_class():
    bank = make_bank(**arrays(label=np.array([0, 1, 1, 1])))
    assert bank.names == ("a/1", "b/1", "b/2", "b/3")


def test_names_stay_with_their_images_and_leave_the_digest():
    bank = make_bank(**arrays(), names=["a/é.png", "a/x.png", "b/é.png", "b/x.png"])
    assert bank.digest == make_bank(**arrays()).digest
    assert bank.only(torch.tensor([1, 2])).names == ("a/x.png", "b/é.png")
    assert bank.centre(2).names == bank.to("meta").names == bank.names
    with pytest.raises(RequestError, match="names: expected one for each of 4 images, got 2"):
        make_bank(**arrays(), names=("a", "b"))


def test_an_image_has_a_digest_of_its_pixels():
    pixels = arrays()["pixels"]
    pixels[3] = pixels[0]
    bank = make_bank(**arrays(pixels=pixels))
    digests = [bank.digest_of(image) for image in range(4)]
    assert (digests[0], len(set(digests))) == (digests[3], 3)
    assert bank.only(torch.tensor([1, 3])).digest_of(1) == digests[0]


# Forgeries


def roles(*forged: int) -> dict:
    return arrays(forged=np.array(forged, bool))


def test_forgeries_are_counted_apart_from_the_genuine_images_of_their_class():
    bank = make_bank(**roles(0, 1, 0, 0))
    assert (bank.count.tolist(), bank.forgeries.tolist(), bank.first.tolist()) == ([1, 2], [1, 0], [0, 2])
    assert bank.forged.tolist() == [False, True, False, False]
    assert bank.names == ("a/1", "a/2", "b/1", "b/2")
    assert "forged: 1" in repr(bank)
    assert bank.only(torch.tensor([0, 1, 3])).forged.tolist() == [False, True, False]
    assert bank.to("cpu").centre(2).forged.tolist() == bank.forged.tolist()


def test_the_digest_depends_on_forgeries_where_there_are_any():
    digest = make_bank(**arrays()).digest
    assert make_bank(**roles(0, 0, 0, 0)).digest == digest  # that of older records
    assert len({digest, make_bank(**roles(0, 1, 0, 0)).digest, make_bank(**roles(0, 0, 0, 1)).digest}) == 3


@pytest.mark.parametrize("forged", [(1, 0, 0, 0), (1, 1, 0, 0)])
def test_forgeries_come_after_genuine_images_of_their_class(forged):
    with pytest.raises(RequestError, match="class by class, genuine before forged; without any"):
        make_bank(**roles(*forged))
    with pytest.raises(RequestError, match=r"forged: expected bools \[4\], one an image"):
        make_bank(**arrays(forged=np.array(forged)))


def test_forgeries_are_kept_in_the_cache(tmp_path):
    bank = make_bank(**roles(0, 1, 0, 1))
    write_bank(bank, tmp_path)
    found = read_bank(tmp_path)
    assert (found.forged.tolist(), found.count.tolist(), found.digest) == (bank.forged.tolist(), [1, 1], bank.digest)


def test_a_bank_keeps_its_images_when_the_array_is_filled_again():
    given = arrays()
    bank = make_bank(**given)
    before, label = bank.pixels.clone(), bank.label.clone()
    given["pixels"][:], given["label"][:] = 0, 0
    assert torch.equal(bank.pixels, before)
    assert torch.equal(bank.label, label)


def test_a_class_has_one_name_and_one_group():
    with pytest.raises(RequestError, match="expected each name once, got 1 different ones among 2"):
        make_bank(**arrays(classes=("a", "a")))
    with pytest.raises(RequestError, match=r"expected one for each class, got several for \['b'\]"):
        make_bank(**arrays(group=np.array([0, 0, 0, 1])))
