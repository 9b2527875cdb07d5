"""The memory that images in decoding may hold together, over all threads."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from fewshot.data.readers.image_file import look

MEMORY = 2**30  # bytes
EACH = 16  # bytes of a pixel in decoding: as many as four copies of four channels


class Budget:
    """A number of bytes that threads share; one that wants more than there are waits until it has all of them."""

    def __init__(self, most: int) -> None:
        self.most = self.free = most
        self._changed = Condition()

    @contextmanager
    def take(self, wanted: int) -> Iterator[None]:
        """Hold `wanted` bytes in a block, which begins once they are free."""
        wanted = min(wanted, self.most)
        with self._changed:
            self._changed.wait_for(lambda: self.free >= wanted)
            self.free -= wanted
        try:
            yield
        finally:
            with self._changed:
                self.free += wanted
                self._changed.notify_all()


budget = Budget(MEMORY)


@contextmanager
def room_for(content: bytes) -> Iterator["PIL.Image.Image"]:
    """The image in a file as by `look`; the block begins once there is memory for its pixels."""
    image = look(content)
    with budget.take(image.width * image.height * EACH):
        yield image
