"""Fixed evaluation tasks: official one-shot trials, and tasks and verification pairs drawn with a protocol's seed."""

import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.errors import RequestError, unknown
from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.sampler import TaskIndices, TaskSampler


def evaluation_tasks(bank: ImageBank, episodes: Episodes, protocol: Protocol) -> TaskIndices:
    """All tasks of one evaluation, the same for every method; in an open set the second half of classes is unknown."""
    if episodes.trials:
        if episodes.trials not in TRIALS:
            raise unknown("trials", episodes.trials, TRIALS)
        return TRIALS[episodes.trials](bank)
    source = TaskSampler(bank, episodes.drawn, float(episodes.within_group), episodes.other_authors)
    return source.draw(protocol.seed, f"{protocol.name}/{episodes.drawn}", range(episodes.number))


def check_tasks(bank: ImageBank, protocol: Protocol, stage: str) -> None:
    """Raise `RequestError` if the bank, which holds the classes of a stage, cannot fill the stage's tasks or pairs."""
    try:
        for episodes in getattr(protocol, stage):
            if not episodes.trials:
                TaskSampler(bank, episodes.drawn, float(episodes.within_group), episodes.other_authors)
        _source_of_pairs(bank, protocol, stage)
    except RequestError as error:
        raise RequestError(f"protocol {protocol.name} on {stage}: {error}") from error


def official(bank: ImageBank) -> TaskIndices:
    """Omniglot's official one-shot task (Lake et al. 2015): 20 runs of 20 trials, each run as one 20-way task.

    A trial's test item is in the row of its class. Raises `RequestError` if the bank lacks one of the images.
    """
    places = zip(bank.label.tolist(), bank.author.tolist(), strict=True)
    place = {(bank.classes[label], bank.authors[author]): image for image, (label, author) in enumerate(places)}
    number = {name: label for label, name in enumerate(bank.classes)}
    try:
        rows = [
            [(*(place[name, f"{drawer:02d}"] for drawer in run.drawers), number[name]) for name in run.support]
            for run in official_runs()
        ]
    except KeyError as error:
        raise RequestError(f"official trials: expected the image {error.args[0]} in the bank, got none") from error
    support, query, classes = torch.tensor(rows, device=bank.device).unbind(-1)
    return TaskIndices(support[..., None], query[..., None], classes)


TRIALS = {"official": official}


def verification_tasks(bank: ImageBank, protocol: Protocol, stage: str) -> TaskIndices:
    """`protocol.pairs` tasks of three classes with one support and one query image each.

    Each task holds one same-class pair (query 0, support 0) and one different-class pair (query 2, support 1), which
    share no image; classes and authors are drawn as in the protocol's first val tasks.
    """
    source, own = _source_of_pairs(bank, protocol, stage)
    drawn = source.draw(protocol.seed, f"{protocol.name}/pairs", range(protocol.pairs))
    return TaskIndices(own[drawn.support], own[drawn.query], drawn.classes)


def can_pair(bank: ImageBank, protocol: Protocol, stage: str) -> bool:
    """False for a bank with too few classes or images for the verification pairs of a stage."""
    try:
        _source_of_pairs(bank, protocol, stage)
    except RequestError:
        return False
    return True


def _source_of_pairs(bank: ImageBank, protocol: Protocol, stage: str) -> tuple[TaskSampler, Int64[Tensor, " image"]]:
    """The sampler of a stage's pairs, and the number in the bank of each image that it draws from."""
    rule, authors = protocol.selects_by, protocol.pair_authors.get(stage, bank.authors)
    may = torch.tensor([name in authors for name in bank.authors], device=bank.device)
    own = may[bank.author].nonzero()[:, 0]
    some = bank if len(own) == len(bank) else bank.only(own)
    return TaskSampler(some, TaskShape(3, 1, 1), float(rule.within_group), rule.other_authors), own
