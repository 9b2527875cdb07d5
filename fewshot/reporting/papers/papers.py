"""`Paper`: a paper that the suites have figures of, and the file that lists them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from fewshot.core.errors import unknown

FILE = Path(__file__).with_name("papers.toml")


@dataclass(frozen=True)
class Paper:
    """A paper by the name that published rows cite, the suites with its figures, and commands for its other methods."""

    name: str
    title: str
    cited: str
    suites: tuple[str, ...]
    others: Mapping[str, str] = field(default_factory=dict)

    def cites(self, figure: Mapping) -> bool:
        """Whether a published figure is of this paper: its source is the paper, or a table of it."""
        source = figure["source"]
        return source == self.cited or source.startswith(f"{self.cited},")


@lru_cache
def papers() -> dict[str, Paper]:
    """The papers by name, the oldest first."""
    found = tomllib.loads(FILE.read_text("utf-8"))
    return {name: Paper(name, **given | {"suites": tuple(given["suites"])}) for name, given in found.items()}


def find_paper(name: str) -> Paper:
    """The paper of a name. Raises `RequestError` for an unknown one."""
    if name not in papers():
        raise unknown("paper", name, papers())
    return papers()[name]
