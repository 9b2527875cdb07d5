import errno
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from fewshot.core.errors import RequestError
from fewshot.core.files import check_place, others_who_write, regular, remove_drafts, write_whole

DIES_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from fewshot.core.files import write_whole

os.fsync = lambda handle: os.kill(os.getpid(), signal.SIGKILL)
write_whole(Path(sys.argv[1]), b"new and long")
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_written_with_the_folders_that_it_needs(tmp_path):
    file = tmp_path / "a" / "b" / "c.json"
    write_whole(file, b"\x00\r\n\xff")
    assert file.read_bytes() == b"\x00\r\n\xff"
    assert names(file.parent) == ["c.json"]


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="needs rights of POSIX")
def test_the_owner_of_a_file_can_write_to_it_and_the_administrator_counts_as_nobody(tmp_path, monkeypatch):
    (file := tmp_path / "a").touch(mode=0o600)
    owner = file.stat().st_uid
    assert others_who_write(file) == ""
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert others_who_write(file) == ("its owner" if owner else "")
    if not owner:
        os.chown(file, 54321, -1)
        assert others_who_write(file) == "its owner"


def test_a_file_in_the_present_folder_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_whole(Path("c.json"), b"")
    assert names(tmp_path) == ["c.json"]


def test_a_file_is_replaced_unless_it_is_to_be_kept(tmp_path):
    file = tmp_path / "c.json"
    write_whole(file, b"first", over=False)
    write_whole(file, b"second", over=False)
    assert file.read_bytes() == b"first"
    write_whole(file, b"third")
    assert file.read_bytes() == b"third"
    assert names(tmp_path) == ["c.json"]


def test_the_content_is_on_the_disk_before_it_has_its_name_and_the_name_is_after(tmp_path, monkeypatch):
    done, sync, replace = [], os.fsync, Path.replace

    def spied_sync(handle):
        done.append(("sync", Path(os.readlink(f"/proc/self/fd/{handle}")).name))
        sync(handle)

    def spied_replace(draft, file):
        assert draft.read_bytes() == b"whole"
        done.append(("name", file.name))
        return replace(draft, file)

    monkeypatch.setattr(os, "fsync", spied_sync)
    monkeypatch.setattr(Path, "replace", spied_replace)
    write_whole(tmp_path / "c.json", b"whole")
    assert done[1:] == [("name", "c.json"), ("sync", tmp_path.name)]
    assert re.fullmatch(rf"\.c\.json\.{os.getpid()}-[0-9a-f]{{8}}\.draft", done[0][1])
    assert done[0][0] == "sync"


@pytest.mark.parametrize("over", [True, False])
def test_a_fault_leaves_what_was_there_and_no_draft(tmp_path, monkeypatch, over):
    def full(handle):
        raise OSError("no space left")

    file = tmp_path / "c.json"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_whole(file, b"new", over=over)
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["c.json"]


def test_a_writer_that_is_killed_leaves_the_old_file_and_a_draft_that_can_be_removed(tmp_path):
    file = tmp_path / "c.json"
    file.write_bytes(b"old")
    killed = subprocess.run([sys.executable, "-c", DIES_WHILE_WRITING, str(file)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert file.read_bytes() == b"old"
    assert [name.endswith(".draft") for name in names(tmp_path)] == [True, False]
    assert list(tmp_path.glob("*.json")) == [file]
    remove_drafts(file)
    assert names(tmp_path) == ["c.json"]


def test_drafts_of_other_files_stay(tmp_path):
    for name in (".a.json.1.draft", ".a.json.23.draft", ".ba.json.1.draft", "a.json.1.draft", "a.json"):
        (tmp_path / name).touch()
    remove_drafts(tmp_path / "a.json")
    assert names(tmp_path) == [".ba.json.1.draft", "a.json", "a.json.1.draft"]
    remove_drafts(tmp_path / "none" / "a.json")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(
    ("make", "words"),
    [(os.mkfifo, "a named pipe"), (os.mkdir, "a folder"), (lambda file: file.symlink_to("/dev/zero"), "a device"),
     (lambda file: file.symlink_to("nowhere"), "a broken link")],
)  # fmt: skip
def test_what_might_have_no_end_is_no_file(tmp_path, make, words):
    make(tmp_path / "it")
    with pytest.raises(OSError, match=f"{words}, no file"):
        regular(tmp_path / "it")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize(
    ("make", "words"),
    [(os.mkfifo, "a named pipe"), (os.mkdir, "a folder"), (lambda file: file.symlink_to("/dev/null"), "a device")],
)
def test_a_file_takes_the_place_of_nothing_else(tmp_path, make, words):
    make(tmp_path / "it")

    def state() -> tuple:
        found = (tmp_path / "it").lstat()
        return (
            found.st_mode,
            found.st_ino,
            found.st_size,
            found.st_mtime_ns,
        )  # to be looked at may change the access time

    before = state()
    with pytest.raises(OSError, match=f"expected a file to write, got {words}"):
        write_whole(tmp_path / "it", b"")
    with pytest.raises(RequestError, match=f"it: expected a file to write, got {words}"):
        check_place(tmp_path / "it")
    assert state() == before


def test_the_error_of_a_name_too_long_for_a_draft_names_the_file_and_not_its_draft(tmp_path):
    with pytest.raises(OSError, match="too long") as raised:
        write_whole(tmp_path / ("a" * 250), b"")
    assert raised.value.filename == str(tmp_path / ("a" * 250))


def test_a_file_is_written_where_folders_cannot_be_synced(tmp_path, monkeypatch):
    def of_files(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", of_files)
    write_whole(tmp_path / "it", b"whole")
    assert (tmp_path / "it").read_bytes() == b"whole"


def test_a_link_to_a_file_is_a_file(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to("file")
    assert regular(tmp_path / "link") == tmp_path / "link"
