"""A bank's checks and digest, and the cache behind it."""

import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from fewshot.bank import ImageBank, by_authors, cache_folder, cached, make_bank
from fewshot.errors import RequestError


@pytest.fixture
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


class Builder:
    """Gives a bank and counts how often it was asked to."""

    def __init__(self, bank: ImageBank):
        self.bank, self.calls = bank, 0

    def __call__(self) -> ImageBank:
        self.calls += 1
        return self.bank


@pytest.fixture
def build(glyph_bank) -> Builder:
    return Builder(glyph_bank())


def arrays(**changes) -> dict:
    """What `make_bank` takes: two classes of two images."""
    given = {
        "pixels": np.arange(4 * 6, dtype=np.uint8).reshape(4, 1, 2, 3),
        "label": np.array([0, 0, 1, 1]),
        "group": np.array([0, 0, 0, 0]),
        "author": np.array([0, 1, 0, 1]),
        "classes": ("a", "b"),
        "groups": ("g",),
        "authors": ("x", "y"),
    }
    return given | changes


def same(left: ImageBank, right: ImageBank) -> bool:
    pairs = [(getattr(left, item.name), getattr(right, item.name)) for item in fields(ImageBank)]
    return all(torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b for a, b in pairs)


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
    "groups": ("h",),
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


def test_to_moves_the_images_and_leaves_the_rest(glyph_bank):
    bank = glyph_bank()
    there = bank.to("meta")
    assert {there.device.type, there.label.device.type, there.group.device.type, there.author.device.type} == {"meta"}
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


def test_each_class_has_the_images_of_its_own_authors(cache, glyph_bank):
    bank = glyph_bank(3, images=6, groups=1, authors=3)
    one, other, third = bank.classes
    found = by_authors(bank, {one: ("author0",), other: ["author2", "author1"]})
    assert torch.equal(found.pixels, bank.pixels[[0, 3, 7, 8, 10, 11, *range(12, 18)]])
    whose = {name: set() for name in bank.classes}
    for label, author in zip(found.label.tolist(), found.author.tolist(), strict=True):
        whose[found.classes[label]].add(found.authors[author])
    assert whose == {one: {"author0"}, other: {"author1", "author2"}, third: set(bank.authors)}


def test_authors_of_all_classes_are_numbered_again(cache, glyph_bank):
    bank = glyph_bank(2, images=4, groups=1)
    found = by_authors(bank, dict.fromkeys(bank.classes, ("author3", "author1")))
    assert (found.authors, found.author.tolist()) == (("author1", "author3"), [0, 1, 0, 1])


def test_authors_that_are_unknown_or_made_nothing_of_a_class_are_refused(cache, glyph_bank):
    bank = glyph_bank(2, images=(3, 2), groups=1)
    with pytest.raises(RequestError, match="unknown author 'auther1': did you mean author1"):
        by_authors(bank, {bank.classes[0]: ("author0", "auther1")})
    with pytest.raises(RequestError, match=f"got none of {bank.classes[1]}"):
        by_authors(bank, dict.fromkeys(bank.classes, ("author2",)))


def test_the_images_of_some_authors_are_cached_for_each_choice(cache, glyph_bank, monkeypatch):
    bank, made = glyph_bank(2, images=4, groups=1), []
    chosen, only = dict.fromkeys(bank.classes, ("author1", "author0")), ImageBank.only
    monkeypatch.setattr(ImageBank, "only", lambda *given: made.append(given) or only(*given))
    first, again = by_authors(bank, chosen), by_authors(bank, {name: chosen[name][::-1] for name in bank.classes})
    assert len(made) == 1
    assert same(first, again)
    assert by_authors(bank, chosen | {bank.classes[0]: ("author3",)}).digest != first.digest
    by_authors(glyph_bank(2, images=5, groups=1), chosen)
    assert len(made) == 3


def test_a_bank_is_built_once_and_read_back_equal(cache, build):
    first, again = (cached("glyphs", {"size": 8}, build) for _ in range(2))
    assert build.calls == 1
    assert same(first, build.bank)
    assert same(again, build.bank)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self/maps")
def test_a_bank_from_the_cache_is_memory_mapped(cache, build):
    bank = cached("glyphs", {}, build)
    assert len(bank) > 0
    assert str(next(cache.rglob("pixels.npy"))) in Path("/proc/self/maps").read_text()
    some = by_authors(build.bank, dict.fromkeys(build.bank.classes, ("author1",)))
    assert len(some) > 0
    assert str(next(cache.rglob("by-authors-*/pixels.npy"))) in Path("/proc/self/maps").read_text()


def test_a_bank_from_the_cache_can_be_changed_without_changing_the_cache(cache, build):
    cached("glyphs", {}, build).pixels.zero_()
    assert same(cached("glyphs", {}, build), build.bank)


@pytest.mark.parametrize(("name", "key"), [("other", {"size": 8}), ("glyphs", {"size": 9}), ("glyphs", {})])
def test_another_name_or_key_is_another_bank(cache, build, name, key):
    cached("glyphs", {"size": 8}, build)
    cached(name, key, build)
    assert build.calls == 2


def empty(file: Path):
    file.write_bytes(b"")


def cut(file: Path):
    file.write_bytes(file.read_bytes()[:-20])


def junk(file: Path):
    file.write_bytes(b"\x80junk" * 50)


def absent(file: Path):
    file.unlink()


@pytest.mark.parametrize("damage", [empty, cut, junk, absent])
@pytest.mark.parametrize("name", ["pixels.npy", "numbers.npy", "names.json"])
def test_a_damaged_cache_is_built_again(cache, build, name, damage):
    first = cached("glyphs", {}, build)
    damage(next(cache.rglob(name)))
    del first
    assert same(cached("glyphs", {}, build), build.bank)
    assert same(cached("glyphs", {}, build), build.bank)
    assert build.calls == 2


def test_names_without_a_digest_are_a_damaged_cache(cache, build):
    cached("glyphs", {}, build)
    next(cache.rglob("names.json")).write_text("{}")
    assert same(cached("glyphs", {}, build), build.bank)


def test_a_cache_that_cannot_be_written_costs_one_warning(cache, build):
    cache.write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="decoded images are not kept: .*cache") as caught:
        assert same(cached("glyphs", {}, build), build.bank)
    assert len(caught) == 1


def test_a_full_disk_is_named_and_nothing_is_left(cache, build, monkeypatch):
    def full(*_, **__):
        raise OSError("300 requested and 12 written")  # numpy's words, without a number

    monkeypatch.setattr("numpy.save", full)
    with pytest.warns(UserWarning, match="300 requested and 12 written"):
        cached("glyphs", {}, build)
    assert not list((cache / "banks").iterdir())


def test_the_cache_folder_is_the_users(monkeypatch):
    monkeypatch.setenv("FEWSHOT_CACHE", "/elsewhere")
    assert cache_folder() == Path("/elsewhere")
    monkeypatch.delenv("FEWSHOT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/xdg")
    assert cache_folder() == Path("/xdg/fewshot")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "fewshot"
