"""Orders of rank 0 to the other ranks, and their answers, through torchrun's store.

Ranks poll the store, so that waiting ranks use no CPU and do not time out while rank 0 evaluates.
"""

import gc
import json
import time
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from fewshot.core.errors import OtherRankFailed, RequestError
from fewshot.core.part_code import no_exit
from fewshot.core.spec.run_spec import RunSpec
from fewshot.records.faults import own_fault
from fewshot.registry.lookup import plugin_files, plugins_of
from fewshot.training.distributed.processes import World, join, leave, read, turn_of, write

POLL = 0.05  # seconds between two reads of the store
SAME_ERROR_GRACE = 1.0  # seconds for the other ranks to fail by the same error
FAILURE_GRACE = 30.0  # seconds for the other ranks to notice a failure
ERRORS = {
    "spec": OtherRankFailed,
    "request": RequestError,
    "program": RuntimeError,
}  # raised for another rank's error, by its kind
EXIT_GRACE = 5.0  # seconds for the other ranks to end


@contextmanager
def together(world: World, spec: RunSpec, device: torch.device, folders: Sequence[Path], digest: str) -> Iterator[None]:
    """Let all other ranks train a spec along with this block, in which rank 0 trains it on images of the same digest.

    An error on one rank ends the block on all. Another rank's error is raised as `OtherRankFailed` if only this spec
    fails, as `RequestError` for a wrong request, and otherwise as `RuntimeError` with its traceback.
    """
    if world.count == 1:
        yield
        return
    order = {"spec": spec.plain(), "device": device.type, "folders": [str(folder) for folder in folders]}
    order |= {"plugins": plugin_files(), "threads": torch.get_num_threads(), "digest": digest}
    number = _give(world, order)
    _report(world, f"ready {number}", "")
    refused = [f"{why} (rank {rank})" for rank, why in _collect(world, f"ready {number}").items() if why]
    write(world, f"go {number}", "no" if refused else "yes")
    if refused:
        raise RequestError(refused[0])
    with side_by_side(world, number, spec, device):
        yield


@contextmanager
def side_by_side(world: World, number: int, spec: RunSpec, device: torch.device) -> Iterator[None]:
    """The joint block of an order, which every rank enters; `together` states the errors."""
    own = None
    try:
        join(world, number, device)
        files = [plugin.file for plugin in plugins_of(spec)]
        with no_exit(files), warnings.catch_warnings():  # layers with one input channel have two equivalent strides
            warnings.filterwarnings("ignore", "Grad strides do not match")
            yield
    except Exception as error:
        own = error
    except BaseException:
        leave(device, quiet=False)
        raise
    own_failure = _failure(world, number, own, spec)
    _report(world, f"end {number}", own_failure)
    ends = _collect(world, f"end {number}", SAME_ERROR_GRACE) if own else _collect(world, f"end {number}", failed=True)
    if own:  # release every reference to the process group, or the other ranks never notice that this one left
        traceback.clear_frames(own.__traceback__)
        gc.collect()
    leave(device, quiet=len(ends) == world.count)
    _report(world, f"left {number}", "")
    if not any(ends.values()):
        return
    (_, kind, text), rank = min((json.loads(end), rank) for rank, end in ends.items() if end)
    left = _collect(world, f"left {number}", FAILURE_GRACE, unless=f"order {number + 1}")
    if len(left) < world.count and 0 in (world.rank, *set(range(world.count)) - set(left)):
        raise TimeoutError(f"{text} (rank {rank}); {FAILURE_GRACE:.0f} seconds later not all ranks have noticed")
    if own and json.loads(own_failure)[2] == text:
        raise own
    raise ERRORS[kind](f"{text} (rank {rank})") from own


def orders(world: World) -> Iterator[tuple[int, dict]]:
    """Yield the orders of rank 0 with their numbers, waiting for each; the last holds the exit code."""
    order, number = {}, 0
    while "code" not in order:
        number += 1
        while (text := read(world, f"order {number}")) is None:
            time.sleep(POLL)
        order = json.loads(text)
        yield number, order


def answer(world: World, number: int, refusal: str) -> bool:
    """Report that this rank can follow an order, or its reason not to; returns whether all ranks can."""
    _report(world, f"ready {number}", refusal)
    while (go := read(world, f"go {number}")) is None:
        time.sleep(POLL)
    return go == "yes"


def dismiss(world: World, code: int) -> None:
    """Order the other ranks to end with this exit code."""
    _give(world, {"code": code})
    gone(world)
    _collect(world, "gone", EXIT_GRACE)  # without torchrun, the store ends with rank 0


def gone(world: World) -> None:
    """Report that this rank no longer reads the store."""
    _report(world, "gone", "")


def _give(world: World, order: dict) -> int:
    number = turn_of(world, "orders")
    write(world, f"order {number}", json.dumps(order))
    return number


def _failure(world: World, number: int, error: Exception | None, spec: RunSpec) -> str:
    """The error of a rank as JSON: its place in the order of errors, its kind (`ERRORS`) and its text; "" for none."""
    if error is None:
        return ""
    if text := own_fault(error, spec):
        kind = "spec"
    elif isinstance(error, RequestError | OSError):
        kind, text = "request", str(error)
    else:
        kind, text = "program", "".join(traceback.format_exception(error))
    return json.dumps([turn_of(world, f"failures {number}"), kind, text])


def _report(world: World, key: str, text: str) -> None:
    write(world, f"{key} of {world.rank}", text)


def _collect(
    world: World, key: str, seconds: float | None = None, *, failed: bool = False, unless: str = ""
) -> dict[int, str]:
    """The texts of the ranks under a key, once all are there, `seconds` are over, one is not empty (`failed`), or the
    key `unless` is there."""
    found: dict[int, str] = {}
    begun = time.monotonic()
    while True:
        for rank in sorted(set(range(world.count)) - set(found)):
            if (text := read(world, f"{key} of {rank}")) is not None:
                found[rank] = text
        late = seconds is not None and time.monotonic() - begun > seconds
        if len(found) == world.count or late or (failed and any(found.values())) or (unless and read(world, unless)):
            return found
        time.sleep(POLL)
