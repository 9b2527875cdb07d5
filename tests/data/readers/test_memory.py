"""Threads that share a number of bytes: never more at once, and a large one is let in alone."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fewshot.data.readers import memory
from fewshot.data.readers.memory import EACH, Budget, room_for


def test_threads_never_hold_more_than_there_is():
    shared, free = Budget(10), []

    def hold(wanted: int) -> None:
        with shared.take(wanted):
            free.append(shared.free)
            time.sleep(0.001)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(hold, [3, 4, 50, 2, 10, 1] * 20))
    assert min(free) == 0
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
