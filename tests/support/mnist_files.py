"""Made-up idx files of MNIST's test images: bars of ink as wide as their digit is high."""

import gzip
import hashlib
from pathlib import Path

import numpy as np

from fewshot.data.datasets.mnist import idx

LABELS = np.arange(40, dtype=np.uint8) % 10


def made_up() -> np.ndarray:
    """Images `[image side side]`: a vertical stroke, 2 + digit / 4 pixels wide."""
    column = np.arange(idx.SIDE)[None, None]
    width = 2 + LABELS[:, None, None] / 4
    ink = (width / 2 + 0.5 - abs(column - 14)).clip(0, 1) * ((np.arange(idx.SIDE) - 14)[:, None] ** 2 < 100)
    return (ink * 255).astype(np.uint8)


def write(folder: Path, monkeypatch, *, packed: bool = True) -> Path:
    """The two files in a folder, as files of MNIST by their digests."""
    folder.mkdir(parents=True, exist_ok=True)
    for key, values in (("PIXELS", made_up()), ("LABELS", LABELS)):
        file = getattr(idx, key)
        content = b"\0" * file.header + values.tobytes()
        md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
        monkeypatch.setattr(idx, key, file._replace(size=len(content), md5=md5))
        (folder / f"{file.name}{'.gz' if packed else ''}").write_bytes(gzip.compress(content) if packed else content)
    return folder
