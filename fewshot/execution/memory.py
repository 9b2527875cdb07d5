"""The memory of a process that trains and measures a suite's cells, by what its measured steps took."""

import sys

import torch

from fewshot.core.device import pick_device

GIB = 2**30


def memory_line(device: str, images: int, processes: int) -> str:
    """A line with the most memory of one process: what this one has held so far, its steps included, and the images.

    It is read after steps were measured. Images are mapped from the cache, or copied to a GPU. "" where the system does
    not say what a process has held, as Windows.
    """
    place = pick_device(device)
    if place.type == "cuda":
        words = f"about {_amount(torch.cuda.max_memory_allocated(place) + images)} on {device}"
    elif (held := _most_held()) is not None:
        words = f"about {_amount(held + images)} of memory"
    else:
        return ""
    return f"{words}{' for each process' if processes > 1 else ''}, {_amount(images)} of it images"


def _most_held() -> int | None:
    """Bytes of memory that this process has held at most."""
    try:
        import resource
    except ImportError:
        return None
    found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return found if sys.platform == "darwin" else found * 1024


def _amount(size: int) -> str:
    return f"{size / GIB:.1f} GiB" if size >= GIB else f"{max(1, round(size / 2**20))} MiB"
