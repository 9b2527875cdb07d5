"""Settings of glibc's allocator, which let a process keep its freed memory for the next step, and of Python's collector
of cycles."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Parameters of glibc's mallopt (malloc.h), each with its value.
NO_MAPPINGS = (-4, 0)  # large blocks come from the heap too
TRIM = (-1, 2**31 - 1)  # bytes that may lie free at the heap's end
PAD = (-2, 2**28)  # bytes by which the heap grows and shrinks


def keep_memory() -> None:
    """Keep freed memory in this process under glibc; do nothing elsewhere.

    By default glibc returns each step's activations to the system, which zeroes the pages again: a fifth of the time
    of a step of conv4 on the CPU (644,000 page faults in 40 steps, 85,000 with this). A table's arrays of all trainings
    cost as much. Results do not change.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    for setting in (NO_MAPPINGS, TRIM, PAD) if mallopt else ():
        mallopt(*setting)


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles among objects in this block: millions of values of records have none."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
