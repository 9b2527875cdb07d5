"""The cache behind banks: built once, whole or not there, mapped, and never in memory as a whole."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import fields, replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.data.bank import ImageBank, make_bank
from fewshot.data.cache import by_authors, cached, cached_chunks
from fewshot.data.locations import cache_folder


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


def same(left: ImageBank, right: ImageBank) -> bool:
    pairs = [(getattr(left, item.name), getattr(right, item.name)) for item in fields(ImageBank)]
    return all(torch.equal(a, b) if isinstance(a, torch.Tensor) else a == b for a, b in pairs)


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
    renamed = replace(bank, names=tuple("abcdefgh"))
    assert by_authors(renamed, chosen).names == ("a", "b", "e", "f")


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
@pytest.mark.parametrize("name", ["pixels.npy", "numbers.npy", "names.json.gz"])
def test_a_damaged_cache_is_built_again(cache, build, name, damage):
    first = cached("glyphs", {}, build)
    damage(next(cache.rglob(name)))
    del first
    with pytest.warns(UserWarning, match=r"decoded images in .*banks/glyphs-\w+ are made anew: "):
        assert same(cached("glyphs", {}, build), build.bank)
    assert same(cached("glyphs", {}, build), build.bank)
    assert build.calls == 2


def flipped(file: Path, bit: int):
    """One bit changed, and the file as old as before: what a disk does."""
    content, before = bytearray(file.read_bytes()), file.stat()
    content[bit // 8 % len(content)] ^= 1 << bit % 8
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("name", ["pixels.npy", "numbers.npy", "names.json.gz", "seal"])
def test_one_changed_bit_is_found_by_the_process_that_first_reads_the_bank(cache, build, name, monkeypatch):
    cached("glyphs", {}, build)
    for bit in np.random.default_rng(0).integers(0, 10**6, 20).tolist():
        flipped(next(cache.rglob(name)), bit)
        monkeypatch.setattr("fewshot.data.bank_files._checked", set())
        with pytest.warns(UserWarning, match="made anew: their bytes differ from their seal"):
            assert same(cached("glyphs", {}, build), build.bank)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
@pytest.mark.parametrize("name", ["pixels.npy", "seal"])
def test_a_pipe_in_place_of_a_file_is_damage(cache, build, name, monkeypatch):
    cached("glyphs", {}, build)
    monkeypatch.setattr("fewshot.data.bank_files._checked", set())
    (file := next(cache.rglob(name))).unlink()
    os.mkfifo(file)
    with pytest.warns(UserWarning, match="made anew: a named pipe"):
        assert same(cached("glyphs", {}, build), build.bank)


def test_a_bank_is_compared_with_its_seal_once_a_process(cache, build, monkeypatch):
    cached("glyphs", {}, build)
    monkeypatch.setattr("fewshot.data.bank_files._seal", lambda folder: pytest.fail("read again"))
    assert same(cached("glyphs", {}, build), build.bank)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs rights of POSIX")
def test_a_cache_that_others_can_write_to_is_refused(cache, build):
    before = os.umask(0)
    try:
        cached("glyphs", {}, build)
    finally:
        os.umask(before)
    folder = next(cache.glob("banks/glyphs-*"))
    assert not any(path.stat().st_mode & 0o022 for path in (folder.parent, folder, *folder.iterdir()))
    folder.chmod(0o775)
    with pytest.warns(UserWarning, match="are made anew: they can be changed by its group"):
        cached("glyphs", {}, build)
    (cache / "banks").chmod(0o777)
    with pytest.raises(RequestError, match=r"only you can write to it, .* everybody can write to: use chmod go-w"):
        cached("glyphs", {}, build)


def test_a_cache_that_cannot_be_written_costs_one_warning(cache, build):
    cache.write_text("a file where the folder should be")
    with pytest.warns(UserWarning, match="decoded images are not kept: .*cache") as caught:
        assert same(cached("glyphs", {}, build), build.bank)
    assert len(caught) == 1


def test_a_cache_that_cannot_be_entered_costs_warnings_alone(cache, build, monkeypatch):
    def denied(folder):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr("fewshot.data.bank_files.Path.is_dir", denied)
    with pytest.warns(UserWarning, match="Permission denied"):
        assert same(cached("glyphs", {}, build), build.bank)


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


COUNT, SIDE = 40, 8


def images(count: int = COUNT) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 3, SIDE, SIDE), dtype=np.uint8)


def of(pixels: np.ndarray, skipped: int = 0) -> ImageBank:
    label = np.arange(len(pixels)) * 4 // len(pixels)
    return make_bank(
        pixels, label, 0 * label, 0 * label, classes=tuple("abcd"), groups=("g",), authors=("x",), skipped=skipped
    )


def chunked(pixels: np.ndarray, planned: int = COUNT, skipped: int = 0):
    """Builds the bank of `pixels` in chunks of 7, and counts."""

    def build(keep):
        build.calls += 1
        return of(keep(planned, (pixels[start : start + 7] for start in range(0, len(pixels), 7))), skipped)

    build.calls = 0
    return build


@pytest.mark.parametrize("kept", [COUNT, COUNT - 3])
def test_chunks_make_one_bank_which_is_read_back(cache, kept):
    pixels = images(kept)
    build = chunked(pixels, skipped=COUNT - kept)
    first, again = (cached_chunks("photos", {}, build) for _ in range(2))
    assert build.calls == 1
    assert same(first, of(pixels, COUNT - kept))
    assert same(again, first)
    assert again.skipped == COUNT - kept
    assert [file.name for file in (cache / "banks").iterdir()] == [next(cache.glob("banks/photos-*")).name]


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc/self/status")
def test_chunks_are_never_in_memory_as_a_whole(cache):
    code = """
import sys
import numpy as np
from fewshot.data.bank import make_bank
from fewshot.data.cache import cached_chunks

def memory(kind="RssAnon"):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(kind)) >> 10

def chunks():
    for number in range(64):
        yield np.full((64, 3, 128, 128), number, np.uint8)
        most.append(memory())

def build(keep):
    label = np.arange(64 * 64) // 1024
    return make_bank(keep(len(label), chunks()), label, 0 * label, 0 * label,
                     classes=tuple("abcd"), groups=("g",), authors=("x",))

most = [memory()]
bank = cached_chunks("large", {}, build)
assert bank.pixels.numel() >> 20 == 192, bank.shape
assert max(*most, memory()) - most[0] < 40, most
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr


def test_chunks_that_cannot_be_kept_are_held_in_memory(cache, monkeypatch):
    build = chunked(images(COUNT - 3))
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 10}))
    with pytest.warns(UserWarning, match="decoded images are not kept: .*No space left") as caught:
        bank = cached_chunks("photos", {}, build)
    assert len(caught) == 1
    assert same(bank, of(images(COUNT - 3)))
    assert not list((cache / "banks").iterdir())


def test_an_image_that_cannot_be_read_is_no_fault_of_the_cache(cache):
    def build(keep):
        def chunks():
            yield images(7)
            raise PermissionError(13, "Permission denied", "photo.jpg")

        return of(keep(COUNT, chunks()))

    with pytest.raises(PermissionError, match=r"photo\.jpg"):
        cached_chunks("photos", {}, build)
    assert not list((cache / "banks").iterdir())


def test_drafts_of_killed_processes_are_removed_and_others_are_not(cache):
    code = """
import os, sys, time
from fewshot.data.cache import _draft
child = os.fork()
with _draft(__import__("pathlib").Path(sys.argv[1])) as draft:
    (draft / "pixels.npy").write_bytes(b"x" * 1000)
    os.write(1, f"{os.getpid()} {draft.name}\\n".encode())
    if child:
        os.write(1, f"{os.waitpid(child, 0)[0]} has ended\\n".encode())
    time.sleep(60)
"""
    folder = cache / "banks"
    with subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, text=True) as alive:
        names = dict(alive.stdout.readline().split() for _ in range(2))
        living = names[str(alive.pid)]
        (dead,) = names.keys() - {str(alive.pid)}
        os.kill(int(dead), signal.SIGKILL)
        assert alive.stdout.readline() == f"{dead} has ended\n"
        for name in names.values():
            os.utime(folder / name, (time.time() - 3600,) * 2)
        bank = cached_chunks("photos", {}, chunked(images()))
        left = {path.name for path in folder.glob(".draft-*")}
        alive.kill()
    assert same(bank, of(images()))
    assert left == {living}


def test_of_two_that_want_it_at_once_one_builds_and_the_other_waits(cache):
    pixels, begun, may_end = images(), Event(), Event()

    def slow(keep):
        begun.set()
        assert may_end.wait(60)
        return chunked(pixels)(keep)

    def late(keep):
        raise AssertionError("it was built twice")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cached_chunks, "photos", {}, slow)
        assert begun.wait(60)
        second = pool.submit(cached_chunks, "photos", {}, late)
        with pytest.raises(TimeoutError):
            second.result(0.3)
        may_end.set()
        assert same(first.result(60), second.result(60))
    assert [file.name for file in (cache / "banks").iterdir()] == [next(cache.glob("banks/photos-*")).name]


def test_of_two_that_build_at_once_where_nothing_can_be_locked_the_first_is_kept(cache, monkeypatch):
    monkeypatch.setattr("fewshot.data.cache._alone", lambda folder: nullcontext())
    pixels = images()

    def slow(keep):
        bank = chunked(pixels)(keep)
        cached_chunks("photos", {}, chunked(pixels))
        slow.first = next(cache.glob("banks/photos-*")).stat().st_ino
        return bank

    assert same(cached_chunks("photos", {}, slow), of(pixels))
    (folder,) = (cache / "banks").iterdir()
    assert folder.stat().st_ino == slow.first
