"""Advice for a network whose first convolution takes another number of channels than the images have."""

from torch import nn


def channels_hint(network: object, channels: int) -> str:
    """How to make a network and images of so many channels fit, for the end of a message; empty if they do."""
    modules = network.modules() if isinstance(network, nn.Module) else ()
    wanted = next((one.in_channels for one in modules if isinstance(one, nn.Conv2d)), channels)
    if wanted == channels:
        return ""
    turned = {1: f"images.expand(-1, {wanted}, -1, -1)"}.get(channels, "images.mean(1, keepdim=True)")
    first = f"give it {turned} in a first layer, or " if 1 in (wanted, channels) else ""
    return (
        f"; the network takes images of {wanted} channels, and these have {channels}: {first}"
        f"read a folder's images with its option channels = {wanted}"
    )
