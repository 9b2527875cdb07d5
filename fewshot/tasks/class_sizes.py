"""The check that every class has as many images as the tasks need."""

from collections.abc import Mapping

from fewshot.core.errors import RequestError
from fewshot.core.recipe import TaskShape
from fewshot.core.spec import STAGES, RunSpec
from fewshot.data.bank import ImageBank
from fewshot.protocols import Protocol
from fewshot.registry.lookup import find


def check_class_sizes(spec: RunSpec, protocol: Protocol, banks: Mapping[str, ImageBank]) -> None:
    """Raise `RequestError` for a class with too few images, if the data set has the option `min_images`.

    The message suggests a value of this option that suits all splits of the spec.
    """
    if "min_images" not in find("datasets", spec.dataset.name).options:
        return
    shapes = {stage: [episodes.shape for episodes in getattr(protocol, stage)] for stage in STAGES}
    if spec.training:
        shapes.setdefault(spec.training.learn, []).append(spec.training.shape)
    needs = {split: max(shapes[split], key=_images) for split in banks if shapes.get(split)}
    least = max(map(_images, needs.values()), default=0)
    for split, shape in needs.items():
        bank, need = banks[split], _images(shape)
        few = sorted((int(bank.count[n]), bank.classes[n]) for n in (bank.count < need).nonzero()[:, 0].tolist())
        if few:
            (count, name), *others = few
            asked = spec.dataset.options.get("min_images", 0)
            least = least if asked < least else asked + need - count  # it counts damaged images too
            rest = f" and {len(others):,} more have too few" if others else ""
            small = f", or min_images = {least} of {spec.dataset.name}, which leaves small classes out"
            raise RequestError(
                f"{spec.dataset.name}: {shape} tasks of {split} with {shape.query} queries need {need} images a class, "
                f"but class {name} has {count}{rest}: expected fewer queries or shots"
                + (small if len(few) < len(bank.classes) else "")
            )


def _images(shape: TaskShape) -> int:
    """Images of each class in a task."""
    return shape.shot + shape.query
