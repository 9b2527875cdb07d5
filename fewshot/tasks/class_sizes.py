"""Classes with as many images as the tasks need: a check that all have, or the bank of those that do."""

from collections.abc import Mapping

import torch
from jaxtyping import Int64
from torch import Tensor

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape
from fewshot.core.spec.names import STAGES
from fewshot.core.spec.run_spec import Part
from fewshot.data.bank import ImageBank
from fewshot.protocols import Protocol
from fewshot.registry.lookup import find


def check_class_sizes(
    dataset: Part, protocol: Protocol, banks: Mapping[str, ImageBank], recipe: Recipe | None = None
) -> None:
    """Raise `RequestError` for a class with too few images, if the data set has the option `min_images`.

    The message suggests a value of this option that suits the tasks of all splits in `banks`: those of the protocol
    and, of the split that a `recipe` learns from, of training.
    """
    if protocol.lists or "min_images" not in find("datasets", dataset.name).options:
        return
    shapes = {stage: [episodes.shape for episodes in getattr(protocol, stage)] for stage in STAGES}
    if recipe:
        shapes.setdefault(recipe.learn, []).append(recipe.shape)
    needs = {split: max(shapes[split], key=_images) for split in banks if shapes.get(split)}
    least = max(map(_images, needs.values()), default=0)
    for split, shape in needs.items():
        bank, need = banks[split], _images(shape)
        few = sorted((int(bank.count[n]), bank.classes[n]) for n in (bank.count < need).nonzero()[:, 0].tolist())
        if few:
            (count, name), *others = few
            asked = dataset.options.get("min_images", 0)
            least = least if asked < least else asked + need - count  # it counts damaged images too
            rest = f" and {len(others):,} more have too few" if others else ""
            small = f", or min_images = {least} of {dataset.name}, which leaves small classes out"
            raise RequestError(
                f"{dataset.name}: {shape} tasks of {split} with {shape.query} queries need {need} images a class, "
                f"but class {name} has {count}{rest}: expected fewer queries or shots"
                + (small if len(few) < len(bank.classes) else "")
            )


def _images(shape: TaskShape) -> int:
    """Images of each class in a task."""
    return shape.shot + shape.query


def larger(bank: ImageBank, least: int) -> tuple[ImageBank, Int64[Tensor, " image"], Int64[Tensor, " class"]]:
    """The bank of the classes with at least so many genuine images, and the numbers in `bank` of its images and
    classes."""
    kept = (bank.count >= least).nonzero()[:, 0]
    images = torch.isin(bank.label, kept).nonzero()[:, 0]
    if len(kept) == len(bank.classes):
        return bank, images, kept
    return bank.part(images, f"at least {least}"), images, kept
