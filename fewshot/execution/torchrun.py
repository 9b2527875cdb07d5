"""Processes of torchrun: rank 0 runs the command, and the other ranks train beside it."""

import os
import sys
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import torch

from fewshot.core.allocator import keep_memory
from fewshot.core.device import pick_device
from fewshot.core.errors import RequestError
from fewshot.core.spec.names import LEARNED
from fewshot.core.spec.stored import from_plain
from fewshot.data.bank import ImageBank
from fewshot.execution.run import train_parts
from fewshot.registry.lookup import add_plugin, plugin_files
from fewshot.registry.resolved import Resolved
from fewshot.tasks.images import load_banks
from fewshot.training.distributed.coordinator import answer, dismiss, gone, orders, side_by_side
from fewshot.training.distributed.processes import World, is_joined, started


def lead_or_follow(do: Callable[[], int]) -> int:
    """Run the command `do` on rank 0, and follow it on other ranks; return rank 0's exit code on all."""
    try:
        world, code = started(), 1
    except RequestError as error:
        print(f"fewshot: {error}", file=sys.stderr)
        return 2
    if world.count == 1:
        return do()
    try:
        code = _follow(world) if world.rank else do()
    except SystemExit as end:  # argparse
        code = end.code or 0
    finally:
        with suppress(ConnectionError):
            (gone(world) if world.rank else dismiss(world, code))
    if is_joined():  # with ranks that are out of reach: a plain return would wait for them
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _follow(world: World) -> int:
    """Train beside rank 0 until it ends, and return the exit code."""
    warnings.simplefilter("ignore")  # rank 0 shows the same
    keep_memory()
    try:
        return _obey(world)
    except KeyboardInterrupt:  # rank 0 reports it
        return 130
    except ConnectionError:  # torchrun reports it
        return 1
    except TimeoutError as error:  # rank 0 cannot report it
        print(f"fewshot: {error}", file=sys.stderr)
        return 1


def _obey(world: World) -> int:
    for number, order in orders(world):
        if "code" in order:
            break
        refusal = ""
        try:
            parts, bank = _prepared(world, order)
        except (RequestError, OSError) as error:
            refusal = str(error)
        except Exception:
            refusal = traceback.format_exc()
        if answer(world, number, refusal):
            _train(world, number, parts, bank)
    return order["code"]


def _train(world: World, number: int, parts: Resolved, bank: ImageBank) -> None:
    """Train as rank 0 does, which alone keeps the learner and reports errors."""
    try:
        with side_by_side(world, number, parts.spec, bank.device):
            train_parts(parts, bank, world=world)
    except (ConnectionError, TimeoutError):
        raise
    except Exception:
        return


def _prepared(world: World, order: dict) -> tuple[Resolved, ImageBank]:
    """The parts of the spec to train, and the images to learn from. Raises `RequestError` if rank 0 has others."""
    for file, sha256 in order["plugins"].items():
        if plugin_files().get(file) != sha256 and add_plugin(Path(file)).sha256 != sha256:
            raise RequestError(f"plug-in {file} was edited during the run; start it again")
    torch.set_num_threads(order["threads"])
    device = pick_device(world.device(order["device"]))
    spec, folders = from_plain(order["spec"]), [Path(folder) for folder in order["folders"]]
    learn = spec.training.learn
    learned = tuple(one for one in spec.pitfalls if one == LEARNED)  # rank 0 makes the others, as it measures
    parts = Resolved(replace(spec, training=replace(spec.training, select="last"), pitfalls=learned))
    bank = load_banks(parts, folders)[1][learn]
    if bank.digest != order["digest"]:
        raise RequestError(f"expected the images of rank 0 to learn from, got others for {spec.dataset.name}, {learn}")
    return parts, bank.to(device)
