"""The contents of drawn tasks, read back from their images."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from fewshot.core.recipe import TaskShape
from fewshot.data.bank import ImageBank
from fewshot.data.class_lists.names import unturned
from fewshot.protocols import Episodes, Protocol
from fewshot.tasks.class_sizes import larger
from fewshot.tasks.fixed import draw, evaluation_tasks, verification_tasks
from fewshot.tasks.sampler import TaskIndices

TASKS = 400  # of each kind, or all if there are fewer
PAIR_ROWS = ((0, 1), (0, 2))  # of supports and queries: support 0 with query 0, and support 1 with query 2
NAMES = {"label": "classes", "group": "groups", "author": "authors"}  # a bank's numbers of images, and their names


@dataclass(frozen=True)
class Sample:
    """The classes, groups and authors in drawn tasks of one kind, by name, and the faults of these tasks.

    `available` counts the classes, groups, authors and images that could be drawn. `left_out` gives the reason for each
    group of the split that was not drawn. `turned_twice` counts tasks with two turns of one class.
    """

    split: str
    kind: str
    rule: str
    tasks: int
    queries: int
    classes: tuple[str, ...]
    groups: tuple[str, ...]
    authors: tuple[str, ...]
    images: int
    available: tuple[int, int, int, int]
    left_out: dict[str, str]
    turned_twice: int
    findings: tuple[str, ...]


def samples(bank: ImageBank, protocol: Protocol, split: str) -> list[Sample]:
    """Samples of the tasks of a split and of its verification pairs; `bank` holds the split's images.

    A protocol has no tasks for train: these are drawn as the first kind on val, of classes that are large enough and of
    all that are where these are fewer, and pairs only if pairs have authors of their own.
    """
    rule, allowed = protocol.selects_by, protocol.authors.get(split, bank.authors)
    every = {"classes": protocol.classes[split], "authors": allowed}
    if split == "train":
        rule, shape = replace(rule, trials=""), rule.shape
        bank = larger(bank, shape.shot + shape.query)[0]  # no evaluation, for which smaller classes would be refused
        rule = replace(rule, shape=replace(shape, way=min(shape.way, max(len(bank.classes), 2))))
        drawn = draw(bank, rule, protocol, 0, "train", range(TASKS)) if len(bank.classes) > 1 else None
        found = [read_back(bank, drawn, split, rule, **every)] if drawn else []
    else:
        kinds = [replace(kind, number=min(kind.number, TASKS)) for kind in getattr(protocol, split)]
        found = [read_back(bank, evaluation_tasks(bank, kind, protocol), split, kind, **every) for kind in kinds]
    if (split != "train" or protocol.pair_authors) and not (protocol.named_pairs(split) or protocol.forgeries):
        drawn = verification_tasks(bank, replace(protocol, pairs=min(protocol.pairs, TASKS)), split)
        pairs = Episodes(TaskShape(3, 1, 1), len(drawn), rule.within_group, rule.other_authors)
        every["authors"] = protocol.pair_authors.get(split, allowed)
        found.append(read_back(bank, drawn, split, pairs, **every, rows=PAIR_ROWS))
    return found


def read_back(
    bank: ImageBank,
    drawn: TaskIndices,
    split: str,
    kind: Episodes,
    *,
    classes: Sequence[str],
    authors: Sequence[str],
    rows: tuple[Sequence[int], Sequence[int]] | None = None,
) -> Sample:
    """A sample of `drawn` tasks of a kind, checked against the `classes` and `authors` that they may contain.

    `rows` are the rows of supports and of queries that verification pairs use.
    """
    of_support, of_query = (list(some) for some in rows or (range(kind.drawn.way),) * 2)
    support, query = drawn.support[:, of_support], drawn.query[:, of_query]
    labels = [drawn.classes[:, some, None].expand_as(side) for some, side in ((of_support, support), (of_query, query))]
    faults = _faults(bank, *(numbers.flatten(1) for numbers in (support, query, *labels)), kind)
    faults["hold a class twice"] = _repeats(drawn.classes)
    image = torch.cat([support.flatten(), query.flatten()]).unique()
    numbers = {of: getattr(bank, name)[image].unique().tolist() for name, of in NAMES.items()}
    met = {of: tuple(getattr(bank, of)[number] for number in found) for of, found in numbers.items()}
    own = set(authors)
    may = torch.tensor([name in own for name in bank.authors], device=bank.device)[bank.author]
    name = "pairs" if rows else kind.name
    findings = [f"{int(n)} of {len(drawn)} tasks {fault}" for fault, tasks in faults.items() if (n := tasks.sum())]
    findings += _outside("classes", met["classes"], classes) + _outside("authors", met["authors"], authors)
    return Sample(
        split,
        name,
        ", ".join(["one group"] * kind.within_group + ["other authors"] * kind.other_authors),
        tasks=len(drawn),
        queries=query.numel(),
        **met,
        images=len(image),
        available=(*(len(getattr(bank, name)[may].unique()) for name in NAMES), int(may.sum())),
        left_out=_left_out(bank, met["groups"], kind),
        turned_twice=_turned_twice(bank, drawn),
        findings=tuple(f"{split}, {name}: {finding}" for finding in findings),
    )


def _faults(
    bank: ImageBank,
    support: Int64[Tensor, "task support"],
    query: Int64[Tensor, "task query"],
    support_label: Int64[Tensor, "task support"],
    query_label: Int64[Tensor, "task query"],
    kind: Episodes,
) -> dict[str, Bool[Tensor, " task"]]:
    """The tasks that break a rule of all tasks or of this kind, by rule; labels are the classes of the images' rows."""
    images, label = torch.cat([support, query], 1), torch.cat([support_label, query_label], 1)
    found = {
        "hold an image twice": _repeats(images),
        "hold an image of another class than its row's": (bank.label[images] != label).any(1),
    }
    if kind.other_authors:
        shared = bank.author[support][:, :, None] == bank.author[query][:, None]
        found["share an author between support and query"] = shared.any((1, 2))
    if kind.within_group:
        group = bank.group[images]
        found["cross groups"] = (group != group[:, :1]).any(1)
    return found


def _repeats(numbers: Int64[Tensor, "task number"]) -> Bool[Tensor, " task"]:
    return (numbers.sort(1).values.diff(dim=1) == 0).any(1)


def _outside(what: str, met: Sequence[str], allowed: Sequence[str]) -> list[str]:
    inside = set(allowed)
    outside = [name for name in met if name not in inside]
    return [f"{len(outside)} {what} from outside its list, such as {outside[0]}"] if outside else []


def _turned_twice(bank: ImageBank, drawn: TaskIndices) -> int:
    number = {name: place for place, name in enumerate(dict.fromkeys(map(unturned, bank.classes)))}
    whole = torch.tensor([number[unturned(name)] for name in bank.classes], device=bank.device)
    return int((_repeats(whole[drawn.classes]) & ~_repeats(drawn.classes)).sum())


def _left_out(bank: ImageBank, met: Sequence[str], kind: Episodes) -> dict[str, str]:
    """The reason for each group that was not drawn."""
    size = Counter(bank.groups[number] for number in bank.class_group.tolist())
    few = f"fewer than the {kind.drawn.way} of a task"
    there = set(met)
    chance = "in none of the trials" if kind.trials else "not met, by chance"
    return {
        group: f"{size[group]} classes, {few}" if kind.within_group and size[group] < kind.drawn.way else chance
        for group in bank.groups
        if group not in there
    }
