"""The progress of a run: the present cell and its work, and the steps of all runs ahead."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from fewshot.core.progress import Report, followed
from fewshot.core.spec.run_spec import RunSpec
from fewshot.execution.underway.leave import Leaver
from fewshot.reporting.labels import run_labels


@contextmanager
def cells_followed(
    ahead: Sequence[RunSpec],
    progress: bool | Report = True,
    *,
    in_logs: bool = False,
    trace: Leaver | None = None,
) -> Iterator[Callable[[RunSpec, str, int], None]]:
    """A function to call with a run, its present work and its finished steps; `followed` shows them, and a `trace`
    for other commands has them too."""
    work = sum(spec.training.steps if spec.trains else 0 for spec in ahead)
    done: dict[str, int] = {}  # steps by id
    numbers: dict[str, int] = {}  # of the cells by id, in the order of the first calls
    total = 0
    labels = dict(zip((spec.id for spec in ahead), run_labels(ahead), strict=True))
    with followed(progress, work, "step", in_logs=in_logs) as follow:

        def move(spec: RunSpec, what: str, step: int) -> None:
            if spec.id not in labels:  # chosen by a search
                labels[spec.id] = run_labels([spec, *ahead])[0]
            nonlocal total
            total += max(0, step - done.get(spec.id, 0))
            done[spec.id] = max(step, done.get(spec.id, 0))
            number = numbers.setdefault(spec.id, len(numbers) + 1)
            if trace:
                trace.move(spec, labels[spec.id], what, step)
            follow(f"cell {number}/{max(len(ahead), number)}, {what}: {labels[spec.id]}", total)

        yield move
