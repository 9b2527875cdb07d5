"""The images that a record was measured on, as plain values."""

from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import find
from fewshot.reporting.mistakes.page import Images
from fewshot.tasks.measured_images import MeasuredImages


def plain_images(found: MeasuredImages, spec: RunSpec) -> Images:
    """The images that were found for a record of this spec."""
    return Images(
        found.bank.pixels.numpy(),
        found.bank.names,
        found.bank.classes,
        found.bank.label.tolist(),
        {task: (drawn.support.tolist(), drawn.query.tolist()) for task, drawn in found.trials.items()},
        same=[*map(tuple, found.pairs.same.tolist())],
        different=[*map(tuple, found.pairs.different.tolist())],
        ink=is_ink(spec),
    )


def is_ink(spec: RunSpec) -> bool:
    """Whether a spec's images are drawings, in which ink is high."""
    return not find("datasets", spec.dataset.name).photographs
