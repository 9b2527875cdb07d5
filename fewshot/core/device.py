"""The device and its threads, and the facts that a record keeps about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from fewshot.core.errors import RequestError


def pick_device(name: str) -> torch.device:
    """The device of this name; "auto" takes a GPU if there is one.

    Raises `RequestError` if it is not available, or where torch's default type is another than in the records.
    """
    if (kind := torch.get_default_dtype()) != torch.float32:
        raise RequestError(f"torch: expected the default type float32, got {kind}: torch.set_default_dtype changes it")
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


@contextmanager
def threads(number: int | None) -> Iterator[None]:
    """Set torch's number of threads for this block; None leaves it as it is."""
    before = torch.get_num_threads()
    torch.set_num_threads(number or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


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
