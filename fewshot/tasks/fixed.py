"""Fixed evaluation tasks: official one-shot trials, and tasks and verification pairs drawn with a protocol's seed."""

from collections.abc import Sequence

import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.errors import RequestError, unknown
from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.class_sizes import larger
from fewshot.tasks.forgery_pairs import forgery_pairs
from fewshot.tasks.galleries import gallery_of
from fewshot.tasks.named_pairs import VerificationPairs, named_pairs
from fewshot.tasks.sampler import TaskIndices, TaskSampler


def evaluation_tasks(bank: ImageBank, episodes: Episodes, protocol: Protocol) -> TaskIndices:
    """All tasks of one evaluation, the same for every method; in an open set the second half of classes is unknown."""
    if episodes.trials:
        if episodes.trials not in TRIALS:
            raise unknown("trials", episodes.trials, TRIALS)
        return TRIALS[episodes.trials](bank)
    return draw(bank, episodes, protocol, protocol.seed, f"{protocol.name}/{episodes.drawn}", range(episodes.number))


def draw(
    bank: ImageBank, kind: Episodes, protocol: Protocol, seed: int, purpose: str, numbers: Sequence[int]
) -> TaskIndices:
    """Tasks of a kind; with lists of named pairs, of the classes with enough images."""
    some, images, classes = _with_enough(bank, kind, protocol)
    source = TaskSampler(some, kind.drawn, float(kind.within_group), kind.other_authors)
    drawn = source.draw(seed, purpose, numbers)
    return drawn if some is bank else TaskIndices(images[drawn.support], images[drawn.query], classes[drawn.classes])


def _with_enough(
    bank: ImageBank, kind: Episodes, protocol: Protocol
) -> tuple[ImageBank, Int64[Tensor, " image"], Int64[Tensor, " class"]]:
    return larger(bank, kind.shape.shot + kind.shape.query if protocol.lists else 0)


def check_tasks(bank: ImageBank, protocol: Protocol, stage: str) -> None:
    """Raise `RequestError` if the bank, which holds a stage's classes, cannot fill its tasks, pairs or galleries."""
    try:
        for episodes in getattr(protocol, stage):
            if not episodes.trials:
                some, *_ = _with_enough(bank, episodes, protocol)
                TaskSampler(some, episodes.drawn, float(episodes.within_group), episodes.other_authors)
        _check_pairs(bank, protocol, stage)
        for references in protocol.gallery:
            gallery_of(bank, protocol, references)
        _check_references(bank, protocol)
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


def verification_pairs(bank: ImageBank, protocol: Protocol, stage: str) -> VerificationPairs:
    """The pairs that a stage's list names, or those of a protocol with forgeries or of `verification_tasks`."""
    if not _drawn_in_tasks(protocol, stage):
        return (forgery_pairs if protocol.forgeries else named_pairs)(bank, protocol, stage)
    tasks = verification_tasks(bank, protocol, stage)
    same, different = (
        torch.stack([tasks.query[:, left, 0], tasks.support[:, right, 0]], 1) for left, right in ((0, 0), (2, 1))
    )
    return VerificationPairs(same, different, tasks)


def verification_tasks(bank: ImageBank, protocol: Protocol, stage: str) -> TaskIndices:
    """`protocol.pairs` tasks of three classes with one support and one query image each.

    Each task holds one same-class pair (query 0, support 0) and one different-class pair (query 2, support 1), which
    share no image; classes and authors are drawn as in the protocol's first val tasks.
    """
    source, own, classes = _source_of_pairs(bank, protocol, stage)
    drawn = source.draw(protocol.seed, f"{protocol.name}/pairs", range(protocol.pairs))
    return TaskIndices(own[drawn.support], own[drawn.query], classes[drawn.classes])


def can_pair(bank: ImageBank, protocol: Protocol, stage: str) -> bool:
    """False for a bank with too few classes or images for the verification pairs of a stage."""
    try:
        _check_pairs(bank, protocol, stage)
    except RequestError:
        return False
    return True


def _check_pairs(bank: ImageBank, protocol: Protocol, stage: str) -> None:
    """Raise `RequestError` if the bank cannot give the verification pairs of a stage."""
    (_source_of_pairs if _drawn_in_tasks(protocol, stage) else verification_pairs)(bank, protocol, stage)


def _check_references(bank: ImageBank, protocol: Protocol) -> None:
    """Raise `RequestError` if a class has too few genuine images for its references and a probe."""
    most, least = max(protocol.references, default=0), int(bank.count.min())
    if most >= least:
        few = bank.classes[int(bank.count.argmin())]
        raise RequestError(f"references: expected fewer than the {least} genuine images of {few}, got {most}")


def _drawn_in_tasks(protocol: Protocol, stage: str) -> bool:
    return not (protocol.named_pairs(stage) or protocol.forgeries)


def _source_of_pairs(
    bank: ImageBank, protocol: Protocol, stage: str
) -> tuple[TaskSampler, Int64[Tensor, " image"], Int64[Tensor, " class"]]:
    """The sampler of a stage's pairs, and the numbers in the bank of the images and classes that it draws from."""
    rule, authors = protocol.selects_by, protocol.pair_authors.get(stage, bank.authors)
    some, own, classes = larger(bank, 2 if protocol.lists else 0)
    if not set(bank.authors) <= {*authors}:
        may = torch.tensor([name in authors for name in bank.authors], device=bank.device)
        own = may[bank.author].nonzero()[:, 0]
        some = bank.only(own)
    return TaskSampler(some, TaskShape(3, 1, 1), float(rule.within_group), rule.other_authors), own, classes
