"""The class names of the data set `typefaces`."""

import tomllib
from pathlib import Path

LIST = Path(__file__).with_name("typefaces.toml")


def class_names() -> tuple[str, ...]:
    """All classes, script by script: "Latin/A", "Greek/Ω"."""
    scripts = tomllib.loads(LIST.read_text(encoding="utf-8"))
    return tuple(f"{script}/{letter}" for script, rows in scripts.items() for letter in "".join(rows))
