"""Tasks drawn otherwise than the protocol says.

Within against across alphabets: jvlmdr/omniglot-eval has 24.2 against 10.7 % wrong of one network at 20-way 1-shot; the
official trials are within one alphabet, the tasks of most papers after Vinyals et al. 2016 are not. Drawers: the trials
have one for the supports and another for the queries, and splits after Vinyals et al. mix all twenty. In Omniglot each
drawer drew a character once, so that no task has two images of a class by one drawer: the mistake is that any drawer
makes a support or a query, and that a drawer makes supports of one class and queries of another. With replacement:
implementations of Siamese networks (fangpin, kevinzakka) draw the query from all twenty images of a class, so that one
in twenty is the support itself; (89.5 − 5) / 0.95 = 88.9 is what 89.5 % then means.
"""

from dataclasses import replace

import torch

from fewshot.core.rng import below, random_bits
from fewshot.evaluation.pitfalls.setting import Setting
from fewshot.tasks.fixed import evaluation_tasks


def across_alphabets(right: Setting) -> Setting:
    """Classes of a task come from all alphabets."""
    return _drawn_again(right, within_group=False)


def same_drawers(right: Setting) -> Setting:
    """The same classes, each image by any drawer."""
    return _drawn_again(right, other_authors=False)


def identical_image(right: Setting) -> Setting:
    """The same tasks, each query a support of its class."""
    drawn = right.drawn
    place = torch.arange(drawn.query.shape[-1], device=drawn.query.device) % drawn.support.shape[-1]
    return replace(right, drawn=replace(drawn, query=drawn.support[..., place]))


def with_replacement(right: Setting) -> Setting:
    """The same tasks, a query being a support where one drawn from all images of its class would be."""
    drawn, bank = right.drawn, right.bank
    number = torch.arange(len(drawn), device=bank.device)
    shape = drawn.query.shape[1:]
    bits = random_bits(right.protocol.seed, "pitfalls/with replacement", number, shape.numel()).view(-1, *shape)
    place = below(bits, bank.count[drawn.classes][..., None])
    shots = drawn.support.shape[-1]
    itself = drawn.support.gather(-1, place.clamp(max=shots - 1))
    return replace(right, drawn=replace(drawn, query=torch.where(place < shots, itself, drawn.query)))


def _drawn_again(right: Setting, **changed: bool) -> Setting:
    episodes = replace(right.episodes, **changed)
    return replace(right, episodes=episodes, drawn=evaluation_tasks(right.bank, episodes, right.protocol))
