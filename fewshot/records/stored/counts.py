"""The numbers of episodes and pairs in a record from before the seals, held to those of its protocol."""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from fewshot.core.errors import RequestError
from fewshot.core.spec.names import VERIFICATION
from fewshot.core.spec.run_spec import RunSpec
from fewshot.protocols import load_protocol
from fewshot.registry.lookup import make_part


def check_counts(
    spec: RunSpec, accuracy: Mapping[str, Sequence[float]], same: int, different: int, curve: Sequence[tuple]
) -> None:
    """Raise `ValueError` for another number of episodes or pairs than the protocol's, or a curve that ends early.

    A plug-in, or a protocol whose options or revision have changed since, tells nothing.
    """
    part = spec.protocol
    if not part.sha256 and (found := _counts(part.name, json.dumps(part.options), part.revision, spec.stage)):
        episodes, pairs = found
        kinds = {task: len(values) for task, values in accuracy.items() if task != VERIFICATION}
        expected = {task: episodes.get(task.split(", ")[0], 0) for task in (*kinds, *episodes)}
        for task, number in (expected | {"same pairs": pairs, "different pairs": pairs}).items():
            got = (kinds | {"same pairs": same, "different pairs": different}).get(task, 0)
            if got != number:
                raise ValueError(f"{task}: expected {number} values by protocol {part.name}, got {got}")
    if curve and spec.training and curve[-1][0] != spec.training.steps:
        raise ValueError(f"curve: expected {spec.training.steps} steps, got {curve[-1][0]}")


@lru_cache
def _counts(name: str, options: str, revision: int, stage: str) -> tuple[dict[str, int], int] | None:
    """The number of episodes of each kind of task, and of pairs of each side; None for a protocol of other numbers."""
    try:
        part = make_part("protocols", name, json.loads(options))
        protocol = load_protocol(part)
    except (RequestError, TypeError):  # of options that it does not have
        return None
    if protocol.forgeries or part.revision != revision or json.dumps(part.options) != options:
        return None
    return {one.name: one.number for one in getattr(protocol, stage)}, protocol.pairs
