"""The device, its threads and the modes of torch, and the facts that a record keeps about them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock

import torch

from fewshot.core.errors import RequestError

KINDS = ("cpu", "cuda", "mps")
_LOCK = Lock()
_BLOCKS: dict[object, int] = {}  # numbers of threads: before all blocks, and of each block that lasts


def pick_device(name: str) -> torch.device:
    """The device of this name; "auto" takes a GPU if there is one.

    Raises `RequestError` if it is not available, and as `check_defaults`.
    """
    check_defaults()
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        if device.type not in ("cpu", "cuda", "mps"):
            raise RuntimeError("of another type")
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
        known = ", ".join(["auto", "cpu", *filter(there.get, there)])
        raise RequestError(f"device: expected one of {known} here, got {name!r}") from error
    return device


def check_defaults() -> None:
    """Raise `RequestError` where torch's default type or device is another than that of the records."""
    if (kind := torch.get_default_dtype()) != torch.float32:
        raise RequestError(f"torch: expected the default type float32, got {kind}: torch.set_default_dtype changes it")
    if (device := torch.get_default_device()).type != "cpu":
        raise RequestError(f"torch: expected the default device cpu, got {device}: torch.set_default_device changes it")


@contextmanager
def threads(number: int | None) -> Iterator[None]:
    """Set torch's number of threads for this block; None leaves it as it is.

    Blocks of several threads may overlap: the last that ends restores the number before the first.
    """
    own = object()
    with _LOCK:
        before = torch.get_num_threads()
        torch.set_num_threads(number or before)  # first, as it may refuse the number
        _BLOCKS.setdefault(None, before)
        _BLOCKS[own] = number or before
    try:
        yield
    finally:
        with _LOCK:
            del _BLOCKS[own]
            torch.set_num_threads(next(reversed(_BLOCKS.values())))
            if len(_BLOCKS) == 1:
                del _BLOCKS[None]


@contextmanager
def measuring() -> Iterator[None]:
    """In this block, or in a function with it as decorator, no gradients are kept and no autocast of the caller rounds.

    Tensors made here can be used in training, unlike those of `torch.inference_mode`.

    >>> @measuring()
    ... def twice(images):
    ...     return 2 * images
    >>> twice(torch.ones(1, requires_grad=True))
    tensor([2.])
    """
    with ExitStack() as stack:
        stack.enter_context(torch.no_grad())
        for kind in filter(torch.is_autocast_enabled, KINDS):
            stack.enter_context(torch.autocast(kind, enabled=False))
        yield


@contextmanager
def learning() -> Iterator[None]:
    """In this block gradients are kept, also where the caller has switched them off."""
    with torch.inference_mode(False), torch.enable_grad():
        yield


def device_facts(device: torch.device) -> dict:
    """The processor or GPU that computes, and its number of threads, as a record keeps them."""
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else _processor()
    return {
        "device": device.type,
        "processor": name,
        "instructions": instructions(),
        "threads": torch.get_num_threads(),
        "cuda": torch.version.cuda,
    }


def instructions() -> str:
    """The instructions of the CPU that torch uses, such as "AVX2" or "AVX512"."""
    return torch.backends.cpu.get_cpu_capability()


def multiplies_bfloat16() -> bool:
    """Whether this torch has fast products of bfloat16 for this CPU; on x86 they need AVX-512."""
    ask = getattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", None)
    return bool(torch.backends.mkldnn.is_available() and ask and ask())


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown"
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "unknown")
