"""Notes on the figures of a table: intervals, marks and seeds, protocol and stage, and each kind of task."""

from collections.abc import Sequence

from fewshot.core.spec.evaluation import fold_of
from fewshot.core.spec.names import BATCH_STATISTICS, OPEN_SET, VERIFICATION
from fewshot.reporting.cells import BEST
from fewshot.reporting.columns import TASK
from fewshot.reporting.comparisons.notes import of_intervals, of_stars
from fewshot.reporting.layout import Layout
from fewshot.reporting.notes.images import of_failures, of_images
from fewshot.reporting.notes.trainings import of_trainings
from fewshot.reporting.summary import Method


def of_figures(
    methods: Sequence[Method], layout: Layout, note: str, starred: bool, verified: bool = False
) -> list[str]:
    """On intervals, marks and seeds; on protocol and stage; on values shared by every row.

    Where pairs are `verified` in blocks of their own, these have notes of their own.
    """
    if not methods:
        return ["no cell has a record yet", *([note] if note else []), *layout.notes]
    protocols, stages = {method.texts["protocol"] for method in methods}, {method.spec.stage for method in methods}
    among = " of its line" if layout.rows == (TASK,) else " of its column" if layout.is_pivot else ""
    notes = of_intervals(methods, pairs=layout.columns == (TASK,) and not verified)
    if starred:
        notes.append(of_stars(methods, BEST, among))
    if layout.columns == (TASK,) and not verified:
        notes.append(
            "ROC area and equal error rate of same/different pairs in %; the rate is that of the ROC's convex hull"
        )
    elif not verified:
        notes.append("ROC areas, equal error rates and deviations over seeds are in the csv")
    notes += [*_on_verification(methods), *_on_open_sets(methods), *_on_adapted(methods)]
    where = f"protocol {', '.join(sorted(protocols))}, stage {', '.join(sorted(stages))}"
    alone = {fold_of(method.spec) for method in methods if not method.folds} - {0}
    where += f", fold {' or '.join(map(str, sorted(alone)))} alone" if alone else ""
    notes += [where + (f"; {note}" if note else ""), *layout.notes]
    notes += _on_seeds(methods) if layout.is_pivot else []
    return [*notes, *of_failures(methods), *of_images(methods), *of_trainings(methods)]


def _on_seeds(methods: Sequence[Method]) -> list[str]:
    trained = [method for method in methods if method.spec.training and not method.folds]
    most = max((len(method.records) for method in trained), default=1)
    if most == 1:
        return []
    fewer = [f"{method.label} of {len(method.records)}" for method in trained if len(method.records) < most]
    return [f"a trained method's figure is the mean of {most} seeds" + (f", but {'; '.join(fewer)}" if fewer else "")]


def _on_verification(methods: Sequence[Method]) -> list[str]:
    """On the threshold of accuracy on pairs."""
    if not any(VERIFICATION in method.accuracy for method in methods):
        return []
    if any(method.folds for method in methods):
        at = "of each fold at the threshold that is best on val, of which its network has not learned"
    elif any(one.pair_list and len({*one.pair_list.folds}) > 1 for method in methods for one in method.records):
        at = "of each fold at the threshold that is best on the other folds"
    else:
        at = "at the threshold that is best on val (at stage val: on these pairs)"
    return [f"{VERIFICATION}: accuracy on pairs {at}"]


def _on_open_sets(methods: Sequence[Method]) -> list[str]:
    """On the figures of kinds of task with queries of unknown classes."""
    if not any(OPEN_SET in task for method in methods for task in method.accuracy):
        return []
    return [
        f"{OPEN_SET}: a task also has as many queries of as many classes without a support; by the score of the best "
        "class, ROC area of known against unknown queries (chance: 50), and OSCR, the area under the share of known "
        "queries that are accepted and right over the share of unknown ones accepted (Dhamija et al. 2018), both in "
        "each task on its own"
    ]


def _on_adapted(methods: Sequence[Method]) -> list[str]:
    """On kinds of task that are measured in two ways, and on pairs that are scored within tasks."""
    notes = []
    if any(task.endswith(f", {BATCH_STATISTICS}") for method in methods for task in method.accuracy):
        notes.append(
            f"{BATCH_STATISTICS}: batch norms use mean and variance of all queries of a task, as in published figures "
            "of MAML, so that a query's score depends on the others (transductive); otherwise they use the running "
            "statistics of training, and each query is scored on its own (maml's supports use their own statistics in "
            "both)"
        )
    adapted = [spec for method in methods if (spec := method.spec).training and not spec.similarity]  # to each task
    if adapted:
        names = dict.fromkeys(spec.learner.name for spec in adapted)
        notes.append(
            f"pairs of {', '.join(names)} are scored in 3-way 1-shot tasks by the log-probability of the class, which "
            "depends on the two other classes"
        )
    return notes
