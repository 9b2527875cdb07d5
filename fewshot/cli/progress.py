"""The progress bar of a run."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from shutil import get_terminal_size

from fewshot.core.progress import open_bar
from fewshot.core.spec import RunSpec
from fewshot.reporting.labels import run_labels

FORMAT = "{desc} {percentage:3.0f}%|{bar}| {elapsed}<{remaining}"
BESIDE = 34  # columns for the rest of the line, of which the bar has ten


@contextmanager
def progress_bar(ahead: Sequence[RunSpec]) -> Iterator[Callable[[RunSpec, str, int], None]]:
    """A progress bar over the steps of all that is ahead, and the function that moves it on."""
    work = sum(spec.training.steps if spec.training else 0 for spec in ahead)
    done: dict[str, int] = {}  # steps by id, in the order in which runs begin
    labels = dict(zip((spec.id for spec in ahead), run_labels(ahead), strict=True))
    with open_bar(work, "step", dynamic_ncols=True, bar_format=FORMAT) as bar:

        def move(spec: RunSpec, what: str, step: int) -> None:
            if spec.id not in labels:  # a search chose it
                labels[spec.id] = run_labels([spec, *ahead])[0]
            bar.update(max(0, step - done.setdefault(spec.id, 0)))
            done[spec.id] = max(step, done[spec.id])
            number = list(done).index(spec.id) + 1
            of = f"cell {number}/{max(len(ahead), number)}"
            bar.set_description_str(_fitting(f"{of}, {what}: {labels[spec.id]}"), refresh=False)

        yield move


def _fitting(text: str) -> str:
    """The text, on a terminal cut to the room that the bar and the times leave."""
    room = max(24, get_terminal_size().columns - BESIDE) if sys.stderr.isatty() else len(text)
    return text if len(text) <= room else f"{text[: room - 1]}…"
