"""The distinction between an error that fails one run and an error that ends the whole request."""

import re
from pathlib import Path

import torch

from fewshot.core.errors import NotFinite, OtherRankFailed, RequestError
from fewshot.core.part_code import calls_in, reason
from fewshot.core.spec.run_spec import RunSpec
from fewshot.registry.lookup import find, plugins_of


def own_fault(error: Exception, spec: RunSpec) -> str:
    """The reason, in one line, of an error that fails only this run: of its numbers, memory or plug-ins.

    For a plug-in it names file and line. Empty for an error that ends the whole request.
    """
    if isinstance(error, OtherRankFailed):
        return str(error)
    plugins = plugins_of(spec)
    calls = calls_in(error, [plugin.file for plugin in plugins])
    foreign = plugins or (spec.loss and find("losses", spec.loss.name).open)  # of a library
    theirs = foreign and not isinstance(error, RequestError | OSError)
    if not (calls or theirs or isinstance(error, NotFinite) or _is_of_memory(error)):
        return ""
    return f"{Path(calls[-1].filename).name}, line {calls[-1].lineno}: {reason(error)}" if calls else reason(error)


def _is_of_memory(error: Exception) -> bool:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and bool(re.search(r"out of memory|can't allocate memory", str(error)))
