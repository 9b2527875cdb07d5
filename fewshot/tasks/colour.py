"""Colour jitter, batched: brightness, contrast and saturation of each image, in this order, by its own factors."""

import torch
from jaxtyping import Float
from torch import Tensor

LUMA = (0.299, 0.587, 0.114)  # weights of red, green and blue in grey (ITU-R BT.601)


def factors(drawn: Float[Tensor, "*image 3"], jitter: float) -> Float[Tensor, "*image 3"]:
    """Factors of brightness, contrast and saturation from 1 − `jitter` to 1 + `jitter`, from uniform random numbers."""
    return 1 + jitter * (2 * drawn - 1)


def jittered(
    images: Float[Tensor, "image channel height width"], factor: Float[Tensor, "image 3"]
) -> Float[Tensor, "image channel height width"]:
    """Images with brightness, contrast (around their mean grey) and saturation multiplied by these factors.

    The order is fixed, in torchvision it is random; pixels are clamped to 0 … 1 after each step. Grey images have no
    saturation.
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
