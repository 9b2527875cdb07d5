"""Folders and zip archives: what a name may be, and what changes the stamp of one."""

import os
import zipfile

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.readers.archive import fingerprint, opened


@pytest.mark.parametrize(
    "name", ["../out.png", "a/../../out.png", "/etc/out.png", "C:/out.png", "C:out.png", "a\\..\\..\\out.png"]
)
def test_an_entry_that_points_outside_is_refused_by_name(photos, tmp_path, name):
    file = photos.write_zip(tmp_path / "set.zip", {"fine.png": b"", name: b""})
    with pytest.raises(RequestError, match="an entry that points outside") as caught, opened(file):
        pass
    assert repr(name) in str(caught.value)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("again", ["a/x.png", "./a/x.png", "a//x.png", "a\\x.png"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_that_stands_in_it_twice_is_refused(tmp_path, again):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("a/x.png", b"1")
        archive.writestr(again, b"2")
    with pytest.raises(RequestError, match=r"each name once, got two entries 'a/x\.png'"), opened(tmp_path / "set.zip"):
        pass


def test_an_encrypted_entry_is_named(photos, tmp_path):
    file = photos.write_zip(tmp_path / "set.zip", {"a/x.png": b"secret"})
    content = bytearray(file.read_bytes())
    content[6] |= 1  # flags of the entry, and those in the directory
    content[content.index(b"PK\1\2") + 8] |= 1
    file.write_bytes(content)
    with pytest.raises(RequestError, match=r"without a password, got the encrypted entry 'a/x\.png'"), opened(file):
        pass


def test_an_entry_whose_name_begins_with_a_zero_is_refused(photos, tmp_path):
    file = photos.write_zip(tmp_path / "set.zip", {"x.png": b"1"})
    content = bytearray(file.read_bytes())
    content[content.index(b"PK\1\2") + 46] = 0
    file.write_bytes(content)
    with pytest.raises(RequestError, match="a name for each entry"), opened(file):
        pass


def damaged_directories(content: bytes) -> dict[str, bytes]:
    """A zip file whose directory has another version, name or size, or ends early."""
    entry, end = content.index(b"PK\1\2"), content.index(b"PK\5\6")

    def put(place: int, value: bytes) -> bytes:
        return content[:place] + value + content[place + len(value) :]

    return {
        "version": put(entry + 6, b"\xff\x7f"),
        "name": put(entry + 8, b"\0\x08")[: entry + 46] + b"\xff\xfe" + content[entry + 48 :],
        "size": put(end + 12, b"\xff\xff\xff\x7f"),
        "cut": content[: end + 7],
    }


@pytest.mark.parametrize("fault", damaged_directories(b"PK\1\2" + bytes(50) + b"PK\5\6" + bytes(18)))
def test_a_damaged_directory_is_refused_in_a_line(photos, tmp_path, fault):
    file = photos.write_zip(tmp_path / "set.zip", {"a/x.png": b"1"})
    file.write_bytes(damaged_directories(file.read_bytes())[fault])
    with pytest.raises(RequestError, match="zip archive, got a truncated or damaged one") as caught, opened(file):
        pass
    assert "\n" not in str(caught.value)


def test_an_archive_made_by_windows_has_folders(photos, tmp_path):
    file = photos.write_zip(tmp_path / "set.zip", {"set\\a\\": b"", "set\\a\\x.png": b"1", "set\\b\\Thumbs.db": b""})
    with opened(file) as (names, read):
        assert names == ["a/x.png"]
        assert read("a/x.png") == b"1"


@pytest.mark.parametrize("zipped", [False, True])
def test_only_a_lone_top_folder_with_the_name_of_the_archive_is_left_out(photos, tmp_path, zipped):
    files = {"birds/x.png": b"1", "cats/y.png": b"2", "lost+found/z.png": b"", "$RECYCLE.BIN/z.png": b""}
    files |= {"cats/@eaDir/y.png": b"", "System Volume Information/z": b""}
    place = tmp_path / ("birds.zip" if zipped else "birds")
    photos.write_zip(place, files) if zipped else photos.write(place, files)
    with opened(place) as (names, _):
        assert sorted(names) == ["birds/x.png", "cats/y.png"]


def test_pipes_devices_and_broken_links_are_listed_and_not_waited_for(photos, tmp_path):
    folder = photos.write(tmp_path / "set", {"a/x.png": b"1"})
    os.mkfifo(folder / "a" / "pipe.png")
    (folder / "a" / "link.png").symlink_to(tmp_path / "nothing")
    (folder / "a" / "zero.png").symlink_to("/dev/zero")
    assert fingerprint(folder) == fingerprint(folder)
    with opened(folder) as (names, read):
        assert read("a/x.png") == b"1"
        for name, why in (("pipe", "a named pipe"), ("link", "No such file|broken link"), ("zero", "a device")):
            assert f"a/{name}.png" in names
            with pytest.raises(OSError, match=why):
                read(f"a/{name}.png")


def test_links_to_folders_are_followed_without_end_to_none(photos, tmp_path):
    folder = photos.write(tmp_path / "set", {"a/x.png": b"1"})
    (folder / "b").symlink_to(folder / "a")
    with opened(folder) as (names, _):
        assert sorted(names) == ["a/x.png", "b/x.png"]
    for name in "cd":
        (folder / "a" / name).symlink_to(folder)
    with pytest.raises(RequestError, match="links to folders without a loop"):
        fingerprint(folder)


def test_names_without_end_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("fewshot.data.readers.archive.LONGEST", 3)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        archive.writestr("a/x.png", b"")
    with pytest.raises(RequestError, match="names of at most 3 characters, got 7"), opened(tmp_path / "set.zip"):
        pass


def test_a_file_too_large_to_be_an_image_is_not_read(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("fewshot.data.readers.archive.LARGEST", 10)
    photos.write(tmp_path / "set", {"x.png": b"x" * 11, "y.png": b"y" * 10})
    with opened(tmp_path / "set") as (_, read):
        assert read("y.png") == b"y" * 10
        with pytest.raises(ValueError, match="more than 10 bytes"):
            read("x.png")


@pytest.mark.parametrize("zipped", [False, True])
def test_a_folder_and_its_zip_file_have_the_same_names_without_junk(photos, tmp_path, zipped):
    files = {"set/a/x.png": b"1", "set/b/y.png": b"2", "set/a/Thumbs.db": b"", "__MACOSX/set/a/._x.png": b""}
    place = tmp_path / "set.zip" if zipped else tmp_path / "set"
    photos.write_zip(place, files) if zipped else photos.write(place, files)
    with opened(place) as (names, read):
        assert sorted(names) == ["a/x.png", "b/y.png"]
        assert read("b/y.png") == b"2"


def test_the_fingerprint_changes_with_any_file(photos, tmp_path):
    folder = photos.write(tmp_path / "set", {"a/x.png": b"1", "b/y.png": b"2"})
    before = fingerprint(folder)
    assert fingerprint(folder) == before
    os.utime(folder / "a" / "x.png", (0, 0))
    changed = fingerprint(folder)
    assert changed != before
    photos.write(folder, {"c/z.png": b""})
    assert fingerprint(folder) not in (before, changed)
    only = fingerprint(folder, lambda name: not name.startswith("c"))
    assert only == changed
