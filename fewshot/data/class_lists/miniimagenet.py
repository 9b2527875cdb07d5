"""The classes of miniImageNet by WordNet id, split as in Ravi and Larochelle (ICLR 2017)."""

import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("miniimagenet.toml")
IMAGES = 600  # of each class


def classes() -> dict[str, tuple[str, ...]]:
    """The 64, 16 and 20 WordNet ids ("n01532829") of "train", "val" and "test"."""
    return {split: tuple(names) for split, names in tomllib.loads(LIST.read_text(encoding="utf-8")).items()}
