"""Colour jitter, batched: brightness, then contrast, then saturation of each image by factors of its own."""

import torch
from jaxtyping import Float
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue in grey (ITU-R BT.601)


def factors(drawn: Float[Tensor, "*image 3"], jitter: float) -> Float[Tensor, "*image 3"]:
    """Factors of brightness, contrast and saturation from 1 − `jitter` to 1 + `jitter`, by uniform random numbers."""
    return 1 + jitter * (2 * drawn - 1)


def jittered(
    images: Float[Tensor, "image channel height width"], factor: Float[Tensor, "image 3"]
) -> Float[Tensor, "image channel height width"]:
    """Images whose pixels are scaled, then drawn to or from their mean grey, then to or from the grey of each pixel.

    The order is fixed, where torchvision's is drawn; after each step pixels are held within 0 and 1. Grey images have
    no saturation.
    """
    brightness, contrast, saturation = factor[..., None, None, None].unbind(1)
    images = (images * brightness).clamp(0, 1)
    mean = _grey(images).mean((1, 2, 3), keepdim=True)
    images = torch.lerp(mean, images, contrast).clamp(0, 1)
    return images if images.shape[1] == 1 else torch.lerp(_grey(images), images, saturation).clamp(0, 1)


def _grey(images: Float[Tensor, "image channel height width"]) -> Float[Tensor, "image 1 height width"]:
    if images.shape[1] == 1:
        return images
    red, green, blue = images.split(1, 1)  # no product of matrices, which autocast would round to bfloat16
    return LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
