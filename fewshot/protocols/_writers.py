"""Protocols of signatures: writers who are not learned from, whose genuine pairs stand beside skilled forgeries."""

from collections.abc import Mapping, Sequence

from fewshot.core.checks import between
from fewshot.core.recipe import TaskShape
from fewshot.protocols._episodes import Episodes
from fewshot.protocols._protocol import Protocol

SEED = 2004


def of_writers(
    name: str,
    dataset: str,
    classes: Mapping[str, Sequence[str]],
    *,
    way: int,
    references: Sequence[int],
    episodes: int,
    val_episodes: int,
) -> Protocol:
    """Of each writer all genuine pairs and as many beside a skilled forgery, on test beside a random one too; so many
    `references` of a writer beside all other signatures; and tasks to tell writers apart by one signature."""
    between(2, None, episodes=episodes, val_episodes=val_episodes)  # an interval needs two
    shape = TaskShape(way, 1, 1)
    return Protocol(
        name=name,
        dataset=dataset,
        classes={split: tuple(names) for split, names in classes.items()},
        val=(Episodes(shape, val_episodes),),
        test=(Episodes(shape, episodes),),
        pairs=0,
        seed=SEED,
        forgeries=True,
        references=tuple(references),
    )
