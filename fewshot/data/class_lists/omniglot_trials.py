"""The official one-shot trials of Omniglot: 20 runs of 20 trials, as an index into images_evaluation."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """One run: 20 characters of one alphabet by one drawer (support) and by another (query), one trial each.

    `support` and `query` are class names (`Alphabet/characterNN`) in the official order class01 … class20 and
    item01 … item20. Drawers count from 1; the authors of a bank are "01" to "20".
    """

    alphabet: str
    support_drawer: int
    query_drawer: int
    support: tuple[str, ...]
    query: tuple[str, ...]

    @property
    def drawers(self) -> tuple[int, int]:
        """The drawer of the support and that of the query."""
        return self.support_drawer, self.query_drawer


@cache
def official_runs() -> tuple[Run, ...]:
    """The 20 official runs in order (Lake, Salakhutdinov and Tenenbaum 2015)."""
    table = tomllib.loads((Path(__file__).parent / "omniglot_trials.toml").read_text(encoding="utf-8"))
    return tuple(
        Run(
            run["alphabet"],
            run["support_drawer"],
            run["query_drawer"],
            *(tuple(f"{run['alphabet']}/character{n:02d}" for n in run[side]) for side in ("support", "query")),
        )
        for run in table["run"]
    )


def run_classes() -> tuple[str, ...]:
    """The 200 characters of the official trials, run by run."""
    return tuple(dict.fromkeys(name for run in official_runs() for name in run.support))
