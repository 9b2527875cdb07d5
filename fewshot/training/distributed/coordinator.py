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
from fewshot.core.spec import RunSpec
from fewshot.records.faults import own_fault
from fewshot.registry.lookup import plugin_files
from fewshot.training.distributed.processes import World, join, leave, tell, told, turn_of

POLL = 0.05  # seconds between two looks at the store
MOMENT = 1.0  # seconds in which all ranks have met what all ranks meet
PATIENCE = 30.0  # seconds in which the others have noticed that one has failed
RAISED = {
    "spec": OtherRankFailed,
    "request": RequestError,
    "program": RuntimeError,
}  # for whose trouble it is on another rank
FAREWELL = 5.0  # seconds in which the others have noticed that all is done


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
    _say(world, f"ready {number}", "")
    refused = [f"{why} (rank {rank})" for rank, why in _wait(world, f"ready {number}").items() if why]
    tell(world, f"go {number}", "no" if refused else "yes")
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
        with warnings.catch_warnings():  # layers with one input channel have two equivalent strides
            warnings.filterwarnings("ignore", "Grad strides do not match")
            yield
    except Exception as error:
        own = error
    except BaseException:
        leave(device, quiet=False)
        raise
    own_trouble = _trouble(world, number, own, spec)
    _say(world, f"end {number}", own_trouble)
    ends = _wait(world, f"end {number}", MOMENT) if own else _wait(world, f"end {number}", trouble=True)
    if own:  # release every reference to the process group, or the other ranks never notice that this one left
        traceback.clear_frames(own.__traceback__)
        gc.collect()
    leave(device, quiet=len(ends) == world.count)
    _say(world, f"left {number}", "")
    if not any(ends.values()):
        return
    (_, whose, text), rank = min((json.loads(end), rank) for rank, end in ends.items() if end)
    left = _wait(world, f"left {number}", PATIENCE, unless=f"order {number + 1}")
    if len(left) < world.count and 0 in (world.rank, *set(range(world.count)) - set(left)):
        raise TimeoutError(f"{text} (rank {rank}); {PATIENCE:.0f} seconds later not all ranks have noticed")
    if own and json.loads(own_trouble)[2] == text:
        raise own
    raise RAISED[whose](f"{text} (rank {rank})") from own


def orders(world: World) -> Iterator[tuple[int, dict]]:
    """Yield the orders of rank 0 with their numbers, waiting for each; the last holds the exit code."""
    order, number = {}, 0
    while "code" not in order:
        number += 1
        while (text := told(world, f"order {number}")) is None:
            time.sleep(POLL)
        order = json.loads(text)
        yield number, order


def answer(world: World, number: int, refusal: str) -> bool:
    """Report that this rank can follow an order, or its reason not to; returns whether all ranks can."""
    _say(world, f"ready {number}", refusal)
    while (go := told(world, f"go {number}")) is None:
        time.sleep(POLL)
    return go == "yes"


def dismiss(world: World, code: int) -> None:
    """Order the other ranks to end with this exit code."""
    _give(world, {"code": code})
    gone(world)
    _wait(world, "gone", FAREWELL)  # where there is no torchrun, the store ends with rank 0


def gone(world: World) -> None:
    """Report that this rank no longer reads the store."""
    _say(world, "gone", "")


def _give(world: World, order: dict) -> int:
    number = turn_of(world, "orders")
    tell(world, f"order {number}", json.dumps(order))
    return number


def _trouble(world: World, number: int, error: Exception | None, spec: RunSpec) -> str:
    """The error of a rank as JSON: its place in the order of errors, its kind (`RAISED`) and its text; "" for none."""
    if error is None:
        return ""
    if text := own_fault(error, spec):
        whose = "spec"
    elif isinstance(error, RequestError | OSError):
        whose, text = "request", str(error)
    else:
        whose, text = "program", "".join(traceback.format_exception(error))
    return json.dumps([turn_of(world, f"troubles {number}"), whose, text])


def _say(world: World, key: str, text: str) -> None:
    tell(world, f"{key} of {world.rank}", text)


def _wait(
    world: World, key: str, seconds: float | None = None, *, trouble: bool = False, unless: str = ""
) -> dict[int, str]:
    """The texts of the ranks under a key, once all are there, `seconds` are over, one is not empty (`trouble`), or the
    key `unless` is there."""
    said: dict[int, str] = {}
    begun = time.monotonic()
    while True:
        for rank in sorted(set(range(world.count)) - set(said)):
            if (text := told(world, f"{key} of {rank}")) is not None:
                said[rank] = text
        late = seconds is not None and time.monotonic() - begun > seconds
        if len(said) == world.count or late or (trouble and any(said.values())) or (unless and told(world, unless)):
            return said
        time.sleep(POLL)
