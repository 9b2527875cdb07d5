"""`Network`: a trained learner with all that is needed to use it."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from fewshot.core.checks import check_number, check_type
from fewshot.core.device import check_defaults
from fewshot.core.errors import RequestError, unknown
from fewshot.core.spec.run_spec import RunSpec
from fewshot.core.types import Learner
from fewshot.data.normalise import made_up
from fewshot.models.learned_from import keep_learned, learned_by, weights_of
from fewshot.records.record import RunRecord
from fewshot.registry.resolved import Resolved
from fewshot.tasks.images import image_shape
from fewshot.training.build import make_learner
from fewshot.verification.verdict import named_point

MAKERS = {torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn}
SPARE = 2**20  # numbers that a network may need besides its weights


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A trained learner's weights by name, the spec that they are of, the shape of its images, and the names of the
    classes learned from.

    `points` are thresholds by name ("eer", "fmr=0.01") and `calibration` is the slope and the offset that turn a score
    into a log-likelihood ratio; both were chosen on val, by the network itself or by the run `chosen_by`. `rule` is how
    several references of one class are compared, "" where that was not chosen. `facts` are versions and commit.
    """

    spec: RunSpec
    shape: tuple[int, int, int]
    classes: tuple[str, ...]
    tensors: Mapping[str, Tensor]
    points: Mapping[str, float] = field(default_factory=dict)
    calibration: tuple[float, float] | None = None
    chosen_by: str = ""
    rule: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)

    def threshold(self, at: str, given: float | None = None) -> tuple[float, str]:
        """A threshold and its origin in words: the `given` one, or that which `at` names.

        Raises `RequestError` for an unknown name, and for a network without thresholds.
        """
        if given is not None:
            check_type("threshold", given, float)
            check_number("threshold", given, -1e300, 1e300)
            return float(given), "given"
        check_type("at", at, str)
        if not self.points:
            raise RequestError(f"network {self.spec.id} has no threshold chosen on val: expected one to be given")
        if (name := named_point(at)) not in self.points:
            raise unknown("threshold", at, self.points)
        return self.points[name], f"{name}, chosen on val" + f" by run {self.chosen_by}" * bool(self.chosen_by)

    def evidence(self, score: float, prior: float) -> tuple[float | None, float | None]:
        """The log-likelihood ratio of a score and the probability at a prior, or None without calibration."""
        if not self.calibration:
            return None, None
        slope, offset = self.calibration
        ratio = slope * score + offset
        odds = ratio + math.log(prior / (1 - prior))
        return ratio, math.exp(min(odds, 0.0)) / (1 + math.exp(-abs(odds)))  # exact near 0 as well


def is_kept(spec: RunSpec) -> bool:
    """Whether a run keeps its network: it trained one, and is no search."""
    return spec.trains and spec.stage == "test"


def network_of(record: RunRecord, learner: Learner) -> Network:
    """The network of a run. Raises `RequestError` for a learner without weights."""
    if not isinstance(learner, nn.Module):
        raise RequestError(f"expected a learner with weights, got {record.spec.learner.name}")
    return Network(
        record.spec,
        image_shape(Resolved(record.spec)),
        learned_by(learner),
        {name: value.detach().to("cpu", copy=True).contiguous() for name, value in weights_of(learner).items()},
        **vars(record.chosen),
        facts={key: record.facts.get(key) for key in ("versions", "commit", "dirty", "sources", "device")},
    )


def learner_of(network: Network) -> Learner:
    """The network's learner, on the CPU, ready to be used. Raises `RequestError` for weights of other shapes."""
    check_defaults()
    given = {name: value.shape for name, value in network.tensors.items()}
    with Bounded(2 * sum(map(torch.Size.numel, given.values())) + SPARE):
        try:
            learner = make_learner(Resolved(network.spec), network.shape, own=made_up(network.shape[0]))
        except RequestError:
            raise
        except Exception as error:  # of any part, as of a plug-in's
            why = f"{type(error).__name__}: {error}"
            raise RequestError(f"expected a spec that its parts can be made by, got {why}") from error
    expected = {name: value.shape for name, value in weights_of(learner).items()}
    if expected != given:
        name = next(name for name in (*expected, *given) if expected.get(name) != given.get(name))
        shapes = [list(shapes[name]) if name in shapes else "none" for shapes in (expected, given)]
        raise RequestError(f"weights {name}: expected {shapes[0]} for {network.spec.id}, got {shapes[1]}")
    try:
        learner.load_state_dict(dict(network.tensors))
    except RuntimeError as error:
        raise RequestError(f"expected the weights of {network.spec.id}, got: {error}") from error
    layout = torch.channels_last if network.spec.training.channels_last else torch.contiguous_format
    learner.to(memory_format=layout).eval().requires_grad_(False)
    keep_learned(learner, network.classes)
    return learner


class Bounded(TorchFunctionMode):
    """A block that refuses to make a tensor of more than `most` numbers, as a wrong spec may ask for more memory than
    there is; on the device "meta", which needs none, torch would first load its compiler."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def __torch_function__(
        self, func: Callable, types: Sequence[type], args: tuple = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        if func in MAKERS:
            given = (kwargs or {}).get("size", args[0] if args and isinstance(args[0], Sequence) else args)
            size = [side for side in given if isinstance(side, int)]
            if math.prod(size) > self.most:
                raise RequestError(f"weights: expected a tensor {size} for the spec, got far fewer numbers in all")
        return func(*args, **(kwargs or {}))
