"""Evaluation tasks with a network's answers: official trials by the record, drawn tasks answered anew."""

from dataclasses import replace
from functools import lru_cache

import torch

from fewshot.core.device import measuring
from fewshot.evaluation.scorer import Scorer
from fewshot.inspection.subject import Subject
from fewshot.protocols import Episodes, Protocol
from fewshot.records.answers import trials_of
from fewshot.reporting.screen.tasks import Answered
from fewshot.tasks.fixed import evaluation_tasks
from fewshot.tasks.sampler import TaskIndices


@lru_cache(maxsize=2)
def answered_tasks(subject: Subject, most: int = 100) -> list[Answered]:
    """The tasks of each kind that a record measures: all official trials, and at most `most` of the drawn tasks.

    Tasks of an open set, which have queries without an answer, are left out, and with `most` 0 all drawn ones. Raises
    `RequestError` if drawn tasks have no network to answer them.
    """
    record, found = subject.record, subject.found
    images, protocol, answered = subject.images.trials, found.protocol, []
    for kind in getattr(protocol, record.spec.stage):
        if kind.name in images:
            support, query = images[kind.name]
            trials = record.answers[kind.name]
            answered.append(Answered(kind.name, trials, support, query, len(trials.classes)))
        elif most and not kind.open_set:
            answered.append(_drawn(subject, kind, protocol, most))
    return answered


@measuring()
def _drawn(subject: Subject, kind: Episodes, protocol: Protocol, most: int) -> Answered:
    """The first tasks of a kind, answered by the kept network, which embeds the images of these alone."""
    bank = subject.found.bank
    drawn = evaluation_tasks(bank, replace(kind, number=min(most, kind.number)), protocol)
    each = torch.cat([drawn.support.flatten(), drawn.query.flatten()]).unique()
    place = torch.zeros(len(bank), dtype=torch.int64)
    place[each] = torch.arange(len(each))
    scorer = Scorer(subject.learner, bank.part(each, "of tasks"))
    scores = scorer.all(TaskIndices(place[drawn.support], place[drawn.query], drawn.classes))
    trials = trials_of(drawn.classes.tolist(), scores.flatten(1, 2).tolist())
    return Answered(kind.name, trials, drawn.support.tolist(), drawn.query.tolist(), kind.number)
