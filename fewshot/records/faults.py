"""Faults: whether an error fails one run, so that the others go on, or the whole request."""

import re
import traceback
from pathlib import Path

import torch

from fewshot.core.errors import Elsewhere, NotFinite, RequestError
from fewshot.core.spec import RunSpec
from fewshot.registry.lookup import find
from fewshot.registry.source import KINDS, PartInfo


def fails_alone(error: Exception, spec: RunSpec) -> bool:
    """Whether an error is the run's own, so that the others go on: its numbers, its memory or its plug-ins."""
    if isinstance(error, Elsewhere | NotFinite | torch.OutOfMemoryError | MemoryError) or _own_frames(error, spec):
        return True
    if isinstance(error, RuntimeError) and re.search(r"out of memory|can't allocate memory", str(error)):
        return True
    foreign = has_plugin(spec) or (spec.loss and find("losses", spec.loss.name).open)  # of a library
    return bool(foreign) and not isinstance(error, RequestError | OSError)


def reason(error: Exception, spec: RunSpec) -> str:
    """What went wrong, in one line; in a plug-in, at which of its lines."""
    if isinstance(error, Elsewhere):
        return str(error)
    text, frames = " ".join(f"{type(error).__name__}: {error}".split()), _own_frames(error, spec)
    return f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}: {text}" if frames else text


def has_plugin(spec: RunSpec) -> bool:
    """Whether a part of a spec is a plug-in's."""
    return bool(plugged(spec))


def plugged(spec: RunSpec) -> list[PartInfo]:
    """The parts of a spec that are plug-ins or of installed packages."""
    parts = {kind: getattr(spec, name) for name, kind in KINDS.items()}
    return [find(kind, part.name) for kind, part in parts.items() if part and part.sha256]


def _own_frames(error: Exception, spec: RunSpec) -> list[traceback.FrameSummary]:
    """The calls in an error's traceback whose code is a plug-in's of the spec."""
    files = [entry.file.resolve() for entry in plugged(spec)]
    return [one for one in traceback.extract_tb(error.__traceback__) if Path(one.filename).resolve() in files]
