"""The promises of each kind of part, checked on small made-up inputs.

A breach is a `RequestError` that says what was expected and what came. An exception in the part's own code is one too,
with the line of its file. A part may say `resumable = False` of a state outside its `state_dict`, `smooth = False`
of gradients that are not the derivatives of its numbers, and a loss `selective = True` of images that it leaves out by
design; that is no breach, and the line of that promise says so.
"""

from collections.abc import Iterable
from dataclasses import fields

from fewshot.conformance.assertions import check_signature
from fewshot.conformance.backbones import check_backbone
from fewshot.conformance.learners import check_learner
from fewshot.conformance.losses import check_loss
from fewshot.conformance.protocols import check_protocol
from fewshot.conformance.similarities import check_similarity
from fewshot.core.errors import RequestError
from fewshot.core.spec import Part, RunSpec
from fewshot.registry.lookup import find, load, make_part
from fewshot.registry.source import KINDS, REQUIRED

_CHECKS = {
    "protocols": check_protocol,
    "backbones": check_backbone,
    "similarities": check_similarity,
    "losses": check_loss,
    "learners": check_learner,
}


def check(kind: str, name: str, *, size: int | None = None, options: dict | None = None) -> list[str]:
    """What was checked of one registered part, a line each; raises `RequestError` at the first breach.

    `size` is the side of the images that a backbone is tried with, in pixels. Without `options`, a part with one that
    has no default is checked by its signature alone. The images of a data set are checked when they are loaded. A
    family's members are checked by their full names, as in "torchvision:resnet18".
    """
    entry, part = find(kind, name), load(kind, name)
    if getattr(part, "marks", None) != entry.marks:
        raise RequestError(f"{entry.label}: expected a part marked by the decorator of fewshot.{kind}, got {part!r}")
    lines = [f"{entry.label}: {check_signature(entry, part)}"]
    needed = [key for key, default in entry.options.items() if default is REQUIRED and key != entry.family]
    if needed and options is None:
        left = "the rest is checked when a suite gives it"
        return [*lines, f"{entry.label}: needs a value for the option {', '.join(needed)}; {left}"]
    if kind in _CHECKS:
        values = make_part(kind, name, _without(entry.family, options)).options
        lines += [f"{entry.label}: {line}" for line in _CHECKS[kind](entry, part, values, size)]
    return lines


def _without(family: str, options: dict | None) -> dict | None:
    """Options as they are given: what a family's name has after its colon is not among them."""
    return options and {key: value for key, value in options.items() if key != family}


def check_plugins(specs: Iterable[RunSpec]) -> list[str]:
    """The check of every plug-in that some specs name, each once with the options that it is given there."""
    lines, seen = [], []
    for spec in specs:
        for item in fields(spec):
            part = getattr(spec, item.name)
            wanted = (item.name, part, spec.size)
            if isinstance(part, Part) and part.sha256 and wanted not in seen:
                seen.append(wanted)
                lines += check(KINDS[item.name], part.name, size=spec.size, options=part.options)
    return lines
