"""The progress bar of a run."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fewshot.core.progress import open_bar
from fewshot.core.spec import RunSpec
from fewshot.reporting.labels import run_labels


@contextmanager
def progress_bar(ahead: Sequence[RunSpec]) -> Iterator[Callable[[RunSpec, str, int], None]]:
    """A progress bar over the steps of all that is ahead, and what moves it on."""
    work = sum(spec.training.steps if spec.training else 0 for spec in ahead)
    done: dict[str, int] = {}
    labels = dict(zip((spec.id for spec in ahead), run_labels(ahead), strict=True))
    with open_bar(work, "step", dynamic_ncols=True) as bar:

        def hear(spec: RunSpec, what: str, step: int) -> None:
            if spec.id not in labels:  # a search chose it
                labels[spec.id] = run_labels([spec, *ahead])[0]
            bar.set_description(f"{labels[spec.id]}: {what}", refresh=False)
            bar.update(max(0, step - done.get(spec.id, 0)))
            done[spec.id] = max(step, done.get(spec.id, 0))

        yield hear
