"""Several processes train one cell: the same tasks, the same gradients, the same records, whatever befalls one of them."""

import os
import subprocess
import sys
import traceback
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fewshot.bank import make_bank
from fewshot.lessons import learned_classes, lessons
from fewshot.normalise import made_up
from fewshot.ranks import ALONE, Ranks, join, leave
from fewshot.registry import make_part
from fewshot.run import make_learner, make_loss
from fewshot.spec import RunSpec, TaskShape, Training
from fewshot.training import train

RECIPE = Training(task=TaskShape(4, 1, 2), batch=4, steps=1, val_every=1, warmup=0, select="last", affine=0.5)
PAIRS = replace(RECIPE, pairs=24, copies=1, batch=8)
SMALL = {"widths": [8, 8]}
COMPARED = {  # loss, similarity, options of the loss, recipe
    "prototypical": ("prototypical", "squared_euclidean", {}, RECIPE),
    "learned scale": ("prototypical", "cosine", {"learned_scale": True}, replace(RECIPE, turn="class")),
    "verification": ("verification", "weighted_l1", {}, RECIPE),
    "all images": ("nt_xent", "cosine", {"pairs": "all"}, RECIPE),
    "class vectors": ("proxy_anchor", "cosine", {}, replace(RECIPE, turn="class")),
    "norms in the similarity": ("relation", "relation", {}, RECIPE),
    "pairs": ("verification", "weighted_l1", {}, PAIRS),
    "bfloat16": ("prototypical", "squared_euclidean", {}, replace(RECIPE, precision="bfloat16")),
    "maml": (None, None, {}, RECIPE),
    "anil": (None, None, {}, RECIPE),
}


def bank():
    draw = np.random.default_rng(0)
    label = np.repeat(np.arange(12), 6)
    pixels = np.where(draw.random((12, 1, 8, 8)) < 0.3, 200, 0)[label] + draw.integers(0, 56, (72, 1, 8, 8))
    names = {"classes": tuple(map(str, range(12))), "groups": ("one",), "authors": tuple(map(str, range(6)))}
    return make_bank(pixels.astype(np.uint8), label, 0 * label, np.arange(72) % 6, **names)


def spec_of(case: str) -> RunSpec:
    loss, similarity, options, recipe = COMPARED[case]
    parts = {
        "learner": make_part("learners", "siamese" if loss else case),
        "backbone": make_part("backbones", "conv4", SMALL),
    }
    if loss:
        parts |= {"loss": make_part("losses", loss, options), "similarity": make_part("similarities", similarity)}
    protocol = make_part("protocols", "scripts")
    return RunSpec(make_part("datasets", "typefaces"), protocol, "val", 8, training=recipe, **parts)


def trained(case: str, ranks: Ranks, steps: int) -> dict:
    """Weights, statistics, last gradients and loss, after so many steps."""
    spec, images = spec_of(case), bank()
    recipe = replace(spec.training, steps=steps)
    learner = make_learner(spec, images.shape, own=made_up(1)).to(memory_format=torch.channels_last)
    loss = make_loss(spec, learner, learned_classes(images, recipe))
    tasks = lessons(images, recipe, 0, 8, ranks.part)
    curve = train(learner, loss, tasks, None, recipe, ranks=ranks).curve
    modules = [one for one in (learner, loss) if one]
    grads = [weight.grad for module in modules for weight in module.parameters()]
    first = tasks(0)
    return {
        "grads": grads,
        "state": [value for module in modules for value in module.state_dict().values()],
        "loss": curve[-1][1],
        "images": [first.support, first.query, first.classes],
    }


def compute(ranks: Ranks, file: Path) -> None:
    cases = {(case, steps): trained(case, ranks, steps) for case in COMPARED for steps in (1, 3)}
    torch.save(cases, file)


def main(folder: Path) -> None:
    """Compute all cases in one process and in two, forked from this one."""
    torch.set_num_threads(1)
    torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])  # imports much
    children = []
    for rank in range(3):
        if child := os.fork():
            children.append(child)
            continue
        try:
            if rank == 2:
                compute(ALONE, folder / "alone.pt")
            else:
                store = torch.distributed.FileStore(str(folder / "store"), 2)
                ranks = Ranks(rank, 2, rank, 2, store)
                join(ranks, 1, torch.device("cpu"))
                compute(ranks, folder / f"{rank}.pt")
                torch.distributed.barrier()
                leave(torch.device("cpu"), quiet=True)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
