"""A gallery's file: enrolments whole or not at all, by several processes, killed ones too, and damage that is found."""

import hashlib
import os
import random
import resource
import select
import signal
import time

import numpy as np
import pytest

from fewshot.core.errors import RequestError
from fewshot.gallery.rows import Entry
from fewshot.gallery.store import Store

DIM = 16
pytestmark = pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # of processes with threads


def entries(name: str, count: int = 3) -> list[Entry]:
    draw = np.random.default_rng(len(name))
    return [
        Entry(f"{name}{number}.png", hashlib.sha256(f"{name} {number}".encode()).digest(), row)
        for number, row in enumerate(draw.normal(size=(count, DIM)).astype(np.float32))
    ]


@pytest.fixture
def store(tmp_path) -> Store:
    """A gallery of anna and berta, three images each."""
    store = Store(tmp_path / "ä people?.gallery")
    assert [store.add("net", name, entries(name)) for name in ("anna", "berta")] == [3, 3]
    return store


def same(left, right) -> bool:
    return vars(left) | {"embeddings": 0} == vars(right) | {"embeddings": 0} and np.array_equal(
        left.embeddings, right.embeddings
    )


def test_what_is_enrolled_is_read_to_the_bit(store):
    found = store.check()
    assert (found.network, found.numbers) == ("net", (1, 2, 3, 4, 5, 6))
    assert found.identities == ("anna",) * 3 + ("berta",) * 3
    assert found.files[4] == "berta1.png"
    np.testing.assert_array_equal(found.embeddings[3:], [one.embedding for one in entries("berta")])
    assert [file.name for file in store.file.parent.iterdir()] == [store.file.name]


def test_an_image_is_enrolled_once_and_as_one_identity(store):
    before = store.read()
    assert store.add("net", "anna", entries("anna")) == 0
    with pytest.raises(RequestError, match=r"anna0\.png: expected an image of berta, it is enrolled as 'anna'"):
        store.add("net", "berta", [*entries("new"), *entries("anna")])
    with pytest.raises(RequestError, match="expected a gallery of the network other, got one of net"):
        store.add("other", "carl", entries("carl"))
    assert same(store.read(), before)


def test_the_draft_of_a_killed_process_with_the_same_number_is_no_gallery(tmp_path):
    Store(tmp_path / f".g.{os.getpid()}.draft").add("net", "anna", entries("anna"))
    store = Store(tmp_path / "g")
    store.add("net", "berta", entries("berta"))
    assert {*store.check().identities} == {"berta"}


def test_removed_images_are_overwritten(store):
    gone = entries("anna")[1].embedding.tobytes()
    assert gone in store.file.read_bytes()
    assert store.remove("anna", [2]) == 1
    assert gone not in store.file.read_bytes()
    assert store.remove("berta") == 3
    assert store.check().files == ("anna0.png", "anna2.png")
    for name, numbers, message in (("berta", (), "unknown identity 'berta'"), ("anna", (1, 9), "image of anna '9'")):
        with pytest.raises(RequestError, match=message):
            store.remove(name, numbers)
    assert store.remove("anna") == 2
    assert store.check().numbers == ()


def forked(work) -> int:
    """The id of a process that does the work."""
    if not (child := os.fork()):
        try:
            work()
        finally:
            os._exit(1)
    return child


def test_several_killed_processes_lose_nothing_that_was_acknowledged(tmp_path):
    store, acknowledged, draw = Store(tmp_path / "g"), set(), random.Random(0)
    for turn in range(3):
        pipes = [os.pipe() for _ in "abc"]

        def enrol(name: str, out: int, turn: int = turn) -> None:
            for number in range(1000):
                store.add("net", name, entries(f"{name}{turn}-{number}-", 1))
                os.write(out, f"{name}{turn}-{number}-0.png\n".encode())

        children = [
            forked(lambda name=name, out=pipe[1]: enrol(name, out)) for name, pipe in zip("abc", pipes, strict=True)
        ]
        select.select([reader for reader, _ in pipes] if turn else [], [], [], 30 if turn else 0)
        time.sleep(0.1 * draw.random())
        for child in children:
            os.kill(child, signal.SIGKILL)
            assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
        for reader, out in pipes:
            os.close(out)
            with os.fdopen(reader) as lines:
                acknowledged |= {*lines.read().split()}
        if store.file.exists():
            assert acknowledged <= {*store.check().files}
    assert acknowledged
    assert store.add("net", "a", entries("last", 1)) == 1


@pytest.mark.parametrize("size", [0, 60_000])
def test_a_full_disk_leaves_the_gallery_as_it_was(tmp_path, size):
    store = Store(tmp_path / "g")

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        for number in range(1000):
            try:
                store.add("net", "anna", entries(f"anna{number}", 20))
            except RequestError as error:
                os._exit(number if str(error).startswith(f"{store.file}: expected a disk with room") else 250)

    number = os.waitstatus_to_exitcode(os.waitpid(forked(fill), 0)[1])
    if not size:
        assert (number, [*tmp_path.iterdir()]) == (0, [])
    else:
        assert len(store.check().numbers) == 20 * number > 0
    assert store.add("net", "berta", entries("berta")) == 3


def test_damage_is_found_wherever_it_is(store):
    content, true = store.file.read_bytes(), store.read()
    refused = []
    for number in range(100):
        draw = random.Random(number)
        damaged = bytearray(content)
        place = (
            draw.randrange(len(damaged))
            if number % 2
            else draw.choice([*range(120), *range(len(content) - 500, len(content))])
        )
        damaged[place] ^= 1 << draw.randrange(8)
        store.file.write_bytes(damaged[: draw.randrange(len(damaged))] if number % 10 == 0 else damaged)
        for call in (store.read, store.check):
            try:
                assert same(call(), true)
            except RequestError as error:
                refused.append(str(error))
    assert len(refused) > 30
    assert [message for message in refused if not message.startswith(f"{store.file}: ")] == []


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda file: None, "expected a gallery, got: No such file"),
        (lambda file: file.mkdir(), "a folder, no file"),
        (os.mkfifo, "a named pipe, no file"),
        (lambda file: file.symlink_to("nowhere"), "a broken link, no file|No such file"),
        (lambda file: file.write_bytes(b""), "an empty file"),
        (lambda file: file.write_text("no gallery"), "a file that starts with b'no galle'"),
    ],
)
def test_what_is_no_gallery_is_refused(tmp_path, make, message):
    store = Store(tmp_path / "g")
    make(store.file)
    with pytest.raises(RequestError, match=message):
        store.read()
    with pytest.raises(RequestError, match=message):
        store.remove("anna")


def test_a_file_that_is_no_gallery_is_not_enrolled_into(tmp_path):
    (tmp_path / "text").write_text("no gallery")
    os.mkfifo(tmp_path / "pipe")
    for name in ("text", "pipe"):
        with pytest.raises(RequestError, match="expected a gallery"):
            Store(tmp_path / name).add("net", "anna", entries("anna"))
    assert (tmp_path / "text").read_text() == "no gallery"
