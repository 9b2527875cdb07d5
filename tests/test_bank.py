"""A bank's checks and digest, and the cache behind it."""

import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from fewshot.bank import ImageBank, cache_folder, cached, make_bank
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
