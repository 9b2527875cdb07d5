"""Open-set tasks: how well queries of classes without a support are told from the others, in each task on its own."""

from collections.abc import Iterable

import numpy as np
import torch

from fewshot.core.statistics.open_set import open_set_area, open_set_classification_rate
from fewshot.core.types import Scores
from fewshot.evaluation.answers import best_of, credit_of
from fewshot.protocols import Episodes
from fewshot.records.answers import ClassCounts, rounded
from fewshot.tasks.sampler import TaskIndices


def with_unknown(drawn: TaskIndices) -> TaskIndices:
    """Tasks of the first half of the classes; each has its own queries, followed by those of a class of the second."""
    known, unknown = drawn.query.chunk(2, 1)
    return TaskIndices(drawn.support.chunk(2, 1)[0], torch.cat([known, unknown], 2), drawn.classes.chunk(2, 1)[0])


def open_set_figures(scored: Iterable[Scores]) -> list[list[float]]:
    """The values of both figures in every task, from the scores of the tasks of `with_unknown`."""
    values = []
    for scores in scored:
        query = scores.shape[2] // 2
        best = best_of(scores)
        known, unknown = (one.amax(-1).flatten(1).double().cpu().numpy() for one in scores.split(query, 2))
        right = credit_of(best[:, :, :query]).flatten(1).cpu().numpy()
        values.append([open_set_area(known, unknown), open_set_classification_rate(known, right, unknown)])
    return [np.concatenate(figure).tolist() for figure in zip(*values, strict=True)]


def counts_of_tasks(drawn: TaskIndices, values: list[float], classes: int, episodes: Episodes) -> ClassCounts:
    """A figure of tasks by class: each task asks one query of each of its classes, right by the task's value."""
    label, way = drawn.classes.cpu().numpy(), drawn.classes.shape[1]
    asked = np.bincount(label.flatten(), minlength=classes)
    right = np.bincount(label.flatten(), np.repeat(values, way), classes)
    return ClassCounts(way, episodes.within_group, asked.tolist(), rounded(right), rounded(way * right), [])
