"""Conformance checks of each kind of part, on small made-up inputs.

The contract, which every plug-in must meet before a run, covers shapes, finite numbers, gradients, states and order.
Thorough checks also test that a part separates classes; a good part may fail these.

A breach is a `RequestError` with the expectation and the finding. So is an exception in the part's own code, with the
line of its file. A part may set `resumable = False` for state outside its `state_dict`, `smooth = False` for gradients
that are not the derivatives of its values, and a loss `selective = True` for images that it leaves out by design; the
check is then skipped, and its line notes that.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path

from fewshot.conformance.assertions import check_signature
from fewshot.conformance.backbones import check_backbone, check_unlike
from fewshot.conformance.breaches import Breach, blamed
from fewshot.conformance.learners import check_learner
from fewshot.conformance.learning import check_learning
from fewshot.conformance.losses.check import check_loss
from fewshot.conformance.protocols import check_protocol
from fewshot.conformance.ranking import check_ranking
from fewshot.conformance.same_loss import twins
from fewshot.conformance.separation import check_reach, check_separation
from fewshot.conformance.similarities import check_similarity
from fewshot.core.checks import Size, size_of
from fewshot.core.errors import RequestError
from fewshot.core.spec.run_spec import Part, RunSpec
from fewshot.protocols import protocol_of
from fewshot.registry.lookup import find, load, make_part
from fewshot.registry.resolved import Resolved
from fewshot.registry.source import KINDS, REQUIRED
from fewshot.suites.search.keys import brought
from fewshot.tasks.images import image_shape
from fewshot.training.batches import turned

_CHECKS: dict[str, tuple[Callable, ...]] = {  # the contract, then the thorough checks
    "protocols": (check_protocol,),
    "backbones": (check_backbone, check_unlike),
    "similarities": (check_similarity, check_ranking),
    "losses": (check_loss, check_reach, check_separation),
    "learners": (check_learner, check_learning),
}


def check(
    kind: str,
    name: str,
    *,
    size: int | Sequence[int] | None = None,
    options: dict | None = None,
    thorough: bool = False,
) -> list[str]:
    """A line for each check that a registered part passes. Raises `RequestError` at the first breach.

    `size` is that of the images for a backbone, in pixels, and the number of training classes for a loss. Without
    `options`, only the signature is checked of a part with an option that has no default. The images of a data set are
    checked when they are loaded. Members of a family are checked by their full names: "torchvision:resnet18". A loss
    that is another but for a temperature is named. `thorough` adds checks of learning: whether a part separates clearly
    different classes.
    """
    checks = _CHECKS.get(kind, ()) if thorough else _CHECKS.get(kind, ())[:1]
    tried = None if size is None else size_of(size, None)
    return _lines(kind, name, tried, options, (*checks, *((twins,) if kind == "losses" else ())))


def _lines(kind: str, name: str, size: Size | None, options: dict | None, checks: Sequence[Callable]) -> list[str]:
    entry, part = find(kind, name), load(kind, name)
    with blamed(entry):
        if getattr(part, "marks", None) != entry.marks:
            raise Breach(f"a part marked by the decorator of fewshot.{kind}", repr(part))
        lines = [check_signature(entry, part)]
        if kind == "losses" and (searched := brought(name)):
            lines.append(f"values to search of {', '.join(key.rpartition('.')[2] for key in searched)}")
        needed = [key for key, default in entry.options.items() if default is REQUIRED and key != entry.family]
        if needed and options is None:
            lines.append(f"needs a value for the option {', '.join(needed)}; the rest is checked when a suite gives it")
        elif checks:
            given = options and {key: value for key, value in options.items() if key != entry.family}
            named = make_part(kind, name, given)
            for one in checks:
                lines += one(part, named, size)
    return [f"{entry.label}: {line}" for line in lines]


def check_plugins(specs: Iterable[RunSpec], folders: Sequence[Path] = ()) -> list[str]:
    """Check the contract of every plug-in in some specs, once for each set of options; returns the lines of `check`.

    Losses are tried with the run's number of training classes, if it is known or a data set in `folders` tells it, and
    backbones with images of the run's shape.
    """
    lines, seen = [], []
    for spec in specs:
        for item in fields(spec):
            part = getattr(spec, item.name)
            if not (isinstance(part, Part) and part.sha256):
                continue
            size = _classes_of(spec, folders) if item.name == "loss" else spec.size
            size = image_shape(Resolved(spec)) if item.name == "backbone" else size
            wanted = (item.name, part, size)
            if wanted not in seen:
                seen.append(wanted)
                kind = KINDS[item.name]
                lines += _lines(kind, part.name, size, part.options, _CHECKS.get(kind, ())[:1])
    return lines


def _classes_of(spec: RunSpec, folders: Sequence[Path]) -> int | None:
    """The number of classes that a run learns from; None where its images, which have them, are missing."""
    if not spec.training:
        return None
    try:
        names = protocol_of(spec, folders).learned_from(spec.training.learn)
    except RequestError:  # the images are looked for later, with a message of their own
        return None
    return turned(len(names), spec.training)
