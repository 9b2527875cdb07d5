"""Orders of rank 0 to the other ranks, and their answers, through torchrun's store.

The store is asked now and then, so that nobody who waits computes, or runs out of time while rank 0 evaluates.
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

from fewshot.core.errors import Elsewhere, RequestError
from fewshot.core.spec import RunSpec
from fewshot.records.faults import fails_alone, reason
from fewshot.registry.lookup import plugin_files
from fewshot.training.distributed.processes import World, join, leave, place, tell, told

POLL = 0.05  # seconds between two looks at the store
MOMENT = 1.0  # seconds in which all ranks have met what all ranks meet
PATIENCE = 30.0  # seconds in which the others have noticed that one has failed
RAISED = {
    "spec": Elsewhere,
    "request": RequestError,
    "program": RuntimeError,
}  # for whose trouble it is on another rank
FAREWELL = 5.0  # seconds in which the others have noticed that all is done


@contextmanager
def together(ranks: World, spec: RunSpec, device: torch.device, folders: Sequence[Path], digest: str) -> Iterator[None]:
    """All other ranks train a spec beside rank 0, which does so in this block, on images of the same digest.

    What ends the block on one rank ends it on all. Where it was another's it is raised as `Elsewhere`, if the spec
    alone fails by it, as `RequestError`, or as `RuntimeError` with its traceback.
    """
    if ranks.count == 1:
        yield
        return
    order = {"spec": spec.plain(), "device": device.type, "folders": [str(folder) for folder in folders]}
    order |= {"plugins": plugin_files(), "threads": torch.get_num_threads(), "digest": digest}
    number = _give(ranks, order)
    _say(ranks, f"ready {number}", "")
    refused = [f"{why} (rank {rank})" for rank, why in _wait(ranks, f"ready {number}").items() if why]
    tell(ranks, f"go {number}", "no" if refused else "yes")
    if refused:
        raise RequestError(refused[0])
    with side_by_side(ranks, number, spec, device):
        yield


@contextmanager
def side_by_side(ranks: World, number: int, spec: RunSpec, device: torch.device) -> Iterator[None]:
    """The block of `together`, as any rank enters it."""
    own = None
    try:
        join(ranks, number, device)
        with warnings.catch_warnings():  # of layers with one channel in: either is right
            warnings.filterwarnings("ignore", "Grad strides do not match")
            yield
    except Exception as error:
        own = error
    except BaseException:
        leave(device, quiet=False)
        raise
    own_trouble = _trouble(ranks, number, own, spec)
    _say(ranks, f"end {number}", own_trouble)
    ends = _wait(ranks, f"end {number}", MOMENT) if own else _wait(ranks, f"end {number}", trouble=True)
    if own:  # until all that holds on to the group is gone, the others do not hear that this rank has left
        traceback.clear_frames(own.__traceback__)
        gc.collect()
    leave(device, quiet=len(ends) == ranks.count)
    _say(ranks, f"left {number}", "")
    if not any(ends.values()):
        return
    (_, whose, text), rank = min((json.loads(end), rank) for rank, end in ends.items() if end)
    left = _wait(ranks, f"left {number}", PATIENCE, unless=f"order {number + 1}")
    if len(left) < ranks.count and 0 in (ranks.rank, *set(range(ranks.count)) - set(left)):
        raise TimeoutError(f"{text} (rank {rank}); {PATIENCE:.0f} seconds later not all ranks have noticed")
    if own and json.loads(own_trouble)[2] == text:
        raise own
    raise RAISED[whose](f"{text} (rank {rank})") from own


def orders(ranks: World) -> Iterator[tuple[int, dict]]:
    """The orders of rank 0 and their numbers, as they come; the last has the exit code."""
    order, number = {}, 0
    while "code" not in order:
        number += 1
        while (text := told(ranks, f"order {number}")) is None:
            time.sleep(POLL)
        order = json.loads(text)
        yield number, order


def answer(ranks: World, number: int, refusal: str) -> bool:
    """Say that this rank can do as ordered, or what it refuses; whether all ranks can."""
    _say(ranks, f"ready {number}", refusal)
    while (go := told(ranks, f"go {number}")) is None:
        time.sleep(POLL)
    return go == "yes"


def dismiss(ranks: World, code: int) -> None:
    """Have the other ranks end with this exit code."""
    _give(ranks, {"code": code})
    gone(ranks)
    _wait(ranks, "gone", FAREWELL)  # where there is no torchrun, the store ends with rank 0


def gone(ranks: World) -> None:
    """Say that this rank asks nothing more."""
    _say(ranks, "gone", "")


def _give(ranks: World, order: dict) -> int:
    number = place(ranks, "orders")
    tell(ranks, f"order {number}", json.dumps(order))
    return number


def _trouble(ranks: World, number: int, error: Exception | None, spec: RunSpec) -> str:
    """What ended a rank's block: which of the ranks' troubles it is, whose, and its text; empty for none."""
    if error is None:
        return ""
    if fails_alone(error, spec):
        whose, text = "spec", reason(error, spec)
    elif isinstance(error, RequestError | OSError):
        whose, text = "request", str(error)
    else:
        whose, text = "program", "".join(traceback.format_exception(error))
    return json.dumps([place(ranks, f"troubles {number}"), whose, text])


def _say(ranks: World, key: str, text: str) -> None:
    tell(ranks, f"{key} of {ranks.rank}", text)


def _wait(
    ranks: World, key: str, seconds: float | None = None, *, trouble: bool = False, unless: str = ""
) -> dict[int, str]:
    """What ranks have said: all of them, or so many seconds later, or once one tells `trouble` or a key is there."""
    said: dict[int, str] = {}
    begun = time.monotonic()
    while True:
        for rank in sorted(set(range(ranks.count)) - set(said)):
            if (text := told(ranks, f"{key} of {rank}")) is not None:
                said[rank] = text
        late = seconds is not None and time.monotonic() - begun > seconds
        if len(said) == ranks.count or late or (trouble and any(said.values())) or (unless and told(ranks, unless)):
            return said
        time.sleep(POLL)
