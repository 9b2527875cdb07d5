"""The known mistakes that runs of the suite `pitfalls` make on purpose: names, words, and who makes them.

A run names its mistakes in `RunSpec.pitfalls`, so that its record carries them. Such a record is no result: only the
suite's own table and figure read it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec

SUITE = "pitfalls"  # the one suite that may make them


@dataclass(frozen=True)
class Pitfall:
    """A mistake in words, who makes it, and whether another network is `trained` for it; else one is measured twice."""

    words: str
    known: str
    trained: bool = False


PITFALLS = {
    "batch_statistics": Pitfall("batch statistics at test", "RelationNet's code, MAML (Bronskill et al. 2020)"),
    "across_alphabets": Pitfall("tasks across alphabets", "most Omniglot papers after Vinyals et al. 2016"),
    "same_drawers": Pitfall("drawers not kept apart", "splits after Vinyals et al. 2016"),
    "identical_image": Pitfall("the query is the support", "the limit of draws with replacement"),
    "with_replacement": Pitfall("queries drawn with replacement", "Siamese networks by fangpin, kevinzakka"),
    "nearest_resizing": Pitfall("resized by nearest neighbour", "code of MAML and of prototypical networks"),
    "uninverted_ink": Pitfall("ink not inverted", "RelationNet's code, torchvision's Omniglot as it comes"),
    "turned_classes": Pitfall("quarter turns as classes", "the split of Vinyals et al. 2016"),
    "counted_ties": Pitfall("ties taken for right", "Siamese networks by tensorfreitas"),
    "constant_ties": Pitfall("ties taken for right, of a constant network", "Siamese networks by tensorfreitas"),
    "measured_in_training": Pitfall("measured classes in training", "splits that share alphabets", trained=True),
    "selected_on_measured": Pitfall("step chosen by the measured tasks", "RelationNet's code", trained=True),
}
CONSTANT = "constant network"  # whose right figure stands beside its ties
MEASURED = tuple(name for name, one in PITFALLS.items() if not one.trained)


def mistaken(task: str, name: str) -> str:
    """The kind of task of a record that is measured with a mistake: "20-way 1-shot, tasks across alphabets"."""
    return f"{task}, {PITFALLS[name].words}"


def refuse_pitfalls(whose: str, specs: Iterable[RunSpec]) -> None:
    """Raise `RequestError` where one of some specs makes a known mistake."""
    if any(spec.pitfalls for spec in specs):
        where = f"fewshot table {SUITE} and fewshot figures {SUITE} show them"
        raise RequestError(f"{whose}: expected results, got runs that make a known mistake, which are none; {where}")
