"""`Checkpoint`: the file that keeps the state of a training, and the pace at which it is written."""

import hashlib
import io
import time
from pathlib import Path

import torch

from fewshot.core.files import SEAL, STEP, regular, remove_drafts, write_whole
from fewshot.core.notices import note

SAVE_EVERY = 20.0  # seconds between two writes
SAVE_SHARE = 0.05  # largest share of the time that writing may take: a state of 600 MB takes seconds


class Checkpoint:
    """A file for the state, written at every row of the curve and at a limited pace in between; or no file.

    Only one process may hold a file; drafts that killed processes left are removed. `images` is the digest of those
    that the training sees: a state of others is not continued.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file, self.written, self.wait, self.resumed = file, time.monotonic(), SAVE_EVERY, False
        self.images = ""
        if file:
            remove_drafts(file)

    def read(self) -> dict | None:
        """The state in the file, or None without one, and with a warning for a file that is damaged or another's."""
        if not self.file or not self.file.exists():
            return None
        try:
            content = regular(self.file).read_bytes()
        except OSError:  # a pipe, which might have no end
            content = b""
        seal, rest = content[:SEAL], content[SEAL:]
        if self._seal(rest) != seal:  # torch reads some damaged files without an error
            note(f"checkpoint {self.file} is damaged, or of other images: the training starts again")
            return None
        self.resumed = True
        return torch.load(io.BytesIO(rest[STEP:]), map_location="cpu", weights_only=True)

    def due(self) -> bool:
        """Whether it is time to write again."""
        return self.file is not None and time.monotonic() - self.written >= self.wait

    def write(self, state: dict) -> None:
        """Write a state atomically."""
        if not self.file:
            return
        begin, content = time.monotonic(), io.BytesIO()
        content.write(state.get("step", 0).to_bytes(STEP, "big"))
        torch.save(state, content)
        write_whole(self.file, self._seal(content.getbuffer()) + content.getvalue())
        self.written = time.monotonic()
        self.wait = max(SAVE_EVERY, (self.written - begin) / SAVE_SHARE)

    def _seal(self, rest: bytes | memoryview) -> bytes:
        """SHA-256 of the file's name, the images and all that follows: the state of another run is not continued."""
        digest = hashlib.sha256(f"{self.file.name} {self.images}".encode())
        digest.update(rest)
        return digest.digest()
