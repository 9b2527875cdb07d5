"""The images of a training as it sees them: some of the classes learned from, distorted as in its first tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8

from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.types import Tasks
from fewshot.protocols import protocol_of
from fewshot.tasks.augment import augment, distortions
from fewshot.tasks.images import load_bank


@dataclass(frozen=True)
class TrainingImages:
    """Images with their files and classes, and of each several versions as a training meets them."""

    originals: UInt8[np.ndarray, "image channel height width"]
    versions: Float[np.ndarray, "image version channel height width"]  # 0 to 1
    files: tuple[str, ...]
    classes: tuple[str, ...]


def training_images(spec: RunSpec, folders: Sequence[Path], images: int = 6, versions: int = 8) -> TrainingImages:
    """One image of each of some classes, evenly apart in their list, in versions by the numbers of as many tasks.

    Raises `RequestError` for a spec without training, for one that distorts nothing, and without its images.
    """
    recipe = spec.training
    if not recipe or (recipe.turn == "none" and not any(distortions(recipe).values())):
        raise RequestError("needs a training that distorts its images")
    bank = load_bank(spec.dataset, protocol_of(spec, folders), recipe.learn, spec.size, folders)
    classes = torch.linspace(0, len(bank.classes) - 1, min(images, len(bank.classes))).round().long()
    chosen = bank.first[classes]
    seen = bank if recipe.crop else bank.centre(spec.size)
    pixels = (seen.pixels[chosen].float() / 255)[None, :, None].expand(versions, -1, 1, -1, -1, -1)
    tasks = Tasks(pixels, pixels, classes.expand(versions, -1))
    found = augment(tasks, spec.seed, torch.arange(versions), size=spec.size, turn=recipe.turn, **distortions(recipe))
    return TrainingImages(
        bank.centre(spec.size).pixels[chosen].numpy(),
        found.support[:, :, 0].transpose(0, 1).clamp(0, 1).contiguous().numpy(),
        tuple(bank.names[number] for number in chosen.tolist()),
        tuple(bank.classes[number] for number in classes.tolist()),
    )
