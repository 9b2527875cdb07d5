"""Threads that share a number of bytes: never more at once, and a large one is let in alone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from fewshot.data.readers import memory
from fewshot.data.readers.memory import EACH, Budget, room_for


def test_threads_never_hold_more_than_there_is():
    shared, lock, held, most = Budget(10), threading.Lock(), [], []

    def hold(wanted: int) -> None:
        with shared.take(wanted), lock:
            held.append(min(wanted, 10))
            most.append(sum(held) + shared.free)
            held.pop()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hold, [3, 4, 50, 2, 10, 1] * 20))
    assert max(most) <= 10
    assert shared.free == 10


def test_an_image_holds_the_bytes_of_its_pixels_until_the_end_or_an_error(photos, monkeypatch):
    monkeypatch.setattr(memory, "budget", shared := Budget(10_000))

    def fail() -> None:
        with room_for(photos.photo()) as image:
            assert shared.free == 10_000 - image.width * image.height * EACH
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert shared.free == 10_000
