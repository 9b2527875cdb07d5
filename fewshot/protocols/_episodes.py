"""`Episodes`: a kind of task, and how many of it are drawn."""

from dataclasses import dataclass, replace

from fewshot.core.checks import between, of_type
from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.spec.names import OPEN_FIGURES, OPEN_SET
from fewshot.data.class_lists.omniglot_trials import run_classes

MOST = 10**6  # tasks or pairs of a kind: each has a number in the record
TRIALS = {"official": run_classes}  # fixed trials, and their classes


@dataclass(frozen=True)
class Episodes:
    """Evaluation tasks: drawn with the protocol's seed, or the fixed `trials` of this name.

    `among` says in a heading which classes they are of, where a stage has two kinds of one way and shot. An `open_set`
    task also has as many queries of as many other classes, without a support: it is measured by how well these unknown
    queries are told from the known ones.
    """

    shape: TaskShape
    number: int
    within_group: bool = False
    other_authors: bool = False
    trials: str = ""
    among: str = ""
    open_set: bool = False

    def __post_init__(self) -> None:
        of_type(TaskShape, shape=self.shape)
        of_type(int, number=self.number)
        between(1, MOST, number=self.number)
        of_type(bool, within_group=self.within_group, other_authors=self.other_authors, open_set=self.open_set)
        of_type(str, trials=self.trials, among=self.among)
        if self.open_set and self.trials:
            raise RequestError(f"open_set: expected tasks that are drawn, got the trials {self.trials}")

    @property
    def name(self) -> str:
        """The kind of task: "20-way 1-shot", "20-way 1-shot, all alphabets" or "10-way 1-shot, open set"."""
        return ", ".join(filter(None, (str(self.shape), self.among, OPEN_SET if self.open_set else "")))

    @property
    def figures(self) -> tuple[str, ...]:
        """The headings of its columns in a table: its name or, of an open set, one for each of two figures."""
        return tuple(f"{self.name}: {figure}" for figure in OPEN_FIGURES) if self.open_set else (self.name,)

    @property
    def drawn(self) -> TaskShape:
        """The shape of the tasks that are drawn: in an open set, known and unknown classes."""
        return replace(self.shape, way=2 * self.shape.way) if self.open_set else self.shape
