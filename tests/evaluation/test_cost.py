"""What backbones cost, against counts by hand."""

import pytest

from fewshot.core.errors import RequestError
from fewshot.evaluation.cost import Cost, cost


def test_conv4_by_hand():
    kernels = [64 * 1 * 9, *[64 * 64 * 9] * 3]
    sides = [28, 14, 7, 3]  # what each convolution, of stride 1 and padded, sees and gives
    weights = sum(kernels) + 4 * (64 + 2 * 64)  # biases, and scales and biases of the norms
    work = sum(kernel * side**2 for kernel, side in zip(kernels, sides, strict=True))
    assert cost("conv4", (1, 28, 28)) == Cost(weights, work, 64) == Cost(111_936, 9_815_040, 64)


def test_koch_at_105_px_has_the_papers_weights():
    found = cost("koch", (1, 105, 105))
    work = 96**2 * 64 * 100 + 42**2 * 128 * 64 * 49 + 18**2 * 128 * 128 * 16 + 6**2 * 256 * 128 * 16 + 9216 * 4096
    assert (found.weights, found.multiply_adds) == (38_947_648, work)


def test_options_count_and_what_computes_while_it_is_built_is_built_with_numbers():
    assert cost("conv4", (1, 28, 28), {"widths": [8, 8]}).dim == 8 * 7 * 7
    assert cost("torchvision:regnet_x_400mf", (3, 32, 32)).dim == 400


def test_images_that_are_refused_are_refused():
    with pytest.raises(RequestError, match="at least 65 px"):
        cost("koch", (1, 28, 28))
