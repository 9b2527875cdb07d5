"""Many images on all cores: in order, without what cannot be read, and nothing left behind."""

import errno
import threading
import time

import pytest

from fewshot.core.errors import RequestError
from fewshot.data.readers.decode import CHUNK, cores, decoded

COUNT = 5 * CHUNK + 3


def test_results_are_in_order():
    def slow(number: int) -> int:
        time.sleep(0.002 * (number < CHUNK))
        return number

    found = [one for some in decoded(range(COUNT), slow, "test") for one in some]
    assert found == list(range(COUNT))


def test_large_results_wait_in_small_numbers():
    found = decoded(range(COUNT), str, "test", size=2**30)
    assert [len(some) for some in found] == [1] * COUNT


def test_of_what_cannot_be_read_there_is_a_word():
    def fails(number: int) -> int:
        if number % 100 == 7:
            raise OSError(f"damaged {number}") if number > 7 else EOFError
        return number

    found = [one for some in decoded(range(COUNT), fails, "test") for one in some]
    assert {place: one for place, one in enumerate(found) if isinstance(one, str)} == {
        7: "EOFError", 107: "damaged 107", 207: "damaged 207", 307: "damaged 307"
    }  # fmt: skip


def test_a_file_that_may_be_sound_is_not_taken_for_damaged():
    def fails(number: int) -> int:
        raise PermissionError(errno.EACCES, "Permission denied", "a.png")

    with pytest.raises(RequestError, match=r"a\.png: expected a file that can be read: .*Permission denied"):
        list(decoded(range(3), fails, "test"))


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_an_interruption_ends_all_threads(error):
    def stops(number: int) -> int:
        if number == CHUNK:
            raise error
        return number

    before = threading.active_count()
    with pytest.raises(error):
        list(decoded(range(100 * CHUNK), stops, "test"))
    assert threading.active_count() == before


def test_closing_the_iterator_ends_all_threads():
    before, done = threading.active_count(), []
    found = decoded(range(1000 * CHUNK), lambda number: done.append(number) or number, "test")
    next(found)
    assert threading.active_count() > before
    found.close()
    assert threading.active_count() == before
    assert len(done) < 20 * CHUNK * cores()


def test_nothing_is_shown_of_nothing(capsys):
    assert list(decoded([], str, "test")) == []
    assert capsys.readouterr().err == ""
