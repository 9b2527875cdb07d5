"""Checks that a learner separates clearly different classes, at once or after a few steps of its objective."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import nn

from fewshot.conformance.assertions import weights
from fewshot.conformance.breaches import Breach, inside
from fewshot.conformance.inputs import patterns, pixels
from fewshot.conformance.learners import SHAPE, WAY, loss_for, maker, objective_of, scores_of
from fewshot.core.checks import Size
from fewshot.core.spec.run_spec import Part
from fewshot.core.types import Learner, Loss, Tasks
from fewshot.evaluation.measure import accuracy
from fewshot.training.optimisers import without_compiler

FRESH = 8  # fresh learners tried: half have a smaller objective for classes apart by chance, none with a wrong sign
STEPS, RATE = (0, 1, 2, 4, 8, 16), 1e-3  # of Adam, after which patterns may be separated
CLEAR = "most queries of clearly different classes to score highest for their own class"
APART = "a smaller objective for separate classes than for mixed ones"


def check_learning(part: Callable, named: Part, size: Size | None) -> list[str]:
    """Check that scores and objective separate clear patterns, with fresh weights or after some steps."""
    make = maker(part, named)
    learner = make()
    if not part.marks.trained:
        if not (right := _told_apart(learner)) > 0.5:
            raise Breach(CLEAR, f"{right:.0%}")
        return [f"clearly different classes are separated: {right:.0%} of queries right"]
    loss = loss_for(part, learner)
    lead = _lead(learner, loss)
    if lead <= 0 and not any(_lead(make(seed=seed), loss) > 0 for seed in range(1, FRESH)):
        raise Breach(f"{APART} with some fresh weights", f"a larger one with all of {FRESH}")
    optimiser = without_compiler(torch.optim.Adam)(weights(learner).values(), RATE)
    for before, steps in pairwise((0, *STEPS)):
        for _ in range(before, steps):
            value = objective_of(learner, loss, of_patterns())
            optimiser.zero_grad()
            with inside("clear patterns"):
                value.backward()
            optimiser.step()
        right, lead = _told_apart(learner), _lead(learner, loss) if steps else lead
        if right > 0.5 and lead > 0:
            after = f" after {steps} steps" if steps else ""
            how = f"clearly different classes are separated{after}: {right:.0%} of queries right"
            return [f"{how}, and the objective is smaller than for mixed classes"]
    after = f"after {steps} steps by its objective"
    if not right > 0.5:
        raise Breach(f"{CLEAR} {after}", f"{right:.0%}")
    raise Breach(f"{APART} {after}", f"one {-lead:.6g} larger")


def of_patterns() -> Tasks:
    """A task with one pattern of ink for each class, and a little noise on each image."""
    ink = patterns(1, WAY, 1, *SHAPE)
    support, query = (0.8 * ink + 0.2 * pixels(1, WAY, images, *SHAPE, seed=images) for images in (2, 3))
    return Tasks(support, query, torch.arange(WAY)[None])


def _lead(learner: nn.Module, loss: Loss | None) -> float:
    """The objective with queries of another class in each row, minus the objective for the patterns."""
    apart = of_patterns()
    mixed = Tasks(apart.support, apart.query.roll(1, 1), apart.classes)
    return objective_of(learner, loss, mixed).item() - objective_of(learner, loss, apart).item()


def _told_apart(learner: Learner) -> float:
    """The share of queries that score highest for their own class."""
    if isinstance(learner, nn.Module):
        learner.eval()
    return float(accuracy(scores_of(learner, of_patterns())).mean())
