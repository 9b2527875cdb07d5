"""Where the time of one of our training steps goes, by torch's profiler, in shares of the whole.

The step is that of `stepping`: conv4, prototypical loss, 60-way 5-shot 5-query, drawn before.
"""

from collections.abc import Mapping

import stepping
from torch.profiler import ProfilerActivity, profile
from turns import Work

KINDS = {  # what a kernel's name has in it; the first that fits
    "convolutions, backward": ("convolution_backward",),
    "convolutions, forward": ("convolution",),
    "batch norms": ("batch_norm",),
    "pooling": ("max_pool",),
    "ReLU": ("threshold", "clamp_min", "relu"),
    "copies between types and layouts": ("copy_",),
}
OTHER = "all else"


def measure(device: str) -> dict[str, dict[str, float]]:
    """Shares by precision and kind."""
    return {precision: shares(stepping.ours(precision, device), device) for precision in ("float32", "bfloat16")}


def shares(work: Work, device: str, kinds: Mapping[str, tuple[str, ...]] = KINDS) -> dict[str, float]:
    """Of the work's time in kernels, on the device, what each kind takes."""
    work()
    activities = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if device == "cuda" else [])
    with profile(activities=activities) as seen:
        work()
    found = dict.fromkeys((*kinds, OTHER), 0.0)
    for event in seen.key_averages():
        spent = event.self_device_time_total if device == "cuda" else event.self_cpu_time_total
        found[_kind(event.key, kinds)] += spent
    return {kind: spent / sum(found.values()) for kind, spent in found.items()}


def _kind(name: str, kinds: Mapping[str, tuple[str, ...]]) -> str:
    return next((kind for kind, parts in kinds.items() if any(part in name for part in parts)), OTHER)
