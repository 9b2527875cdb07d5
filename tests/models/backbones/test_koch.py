"""Koch's network: the paper's layers to the weight, its initialisation, arithmetic and borders."""

import pytest
import torch
from torch.nn.functional import conv2d, linear, max_pool2d, relu

from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.models.backbones.koch import koch
from fewshot.models.similarities.weighted_l1 import weighted_l1

# REFERENCE.md 1.1, weights and biases: 64 @ 10 x 10, 128 @ 7 x 7, 128 @ 4 x 4, 256 @ 4 x 4, 9,216 to 4,096.
WEIGHTS = {"conv1": 6_464, "conv2": 401_536, "conv3": 262_272, "conv4": 524_544, "fc": 37_752_832}
BIAS, STD = (0.5, 0.01), {"conv1": 0.01, "conv2": 0.01, "conv3": 0.01, "conv4": 0.01, "fc": 0.2}


@pytest.fixture(scope="module")
def paper() -> koch:
    """At 105 px."""
    with seeded(0, "koch"):
        return koch((1, 105, 105))


def test_the_number_of_weights_at_105_px(paper):
    found = {name: sum(weight.numel() for weight in layer.parameters()) for name, layer in paper.named_children()}
    assert found == WEIGHTS
    join = sum(weight.numel() for weight in weighted_l1(paper.shape).parameters())
    assert (sum(found.values()), join) == (38_947_648, 4_097)
    assert sum(weight.numel() for weight in paper.parameters()) + join == 38_951_745
    assert not list(paper.buffers())


def test_its_weights_and_biases_start_as_in_the_paper(paper):
    for name, layer in paper.named_children():
        error = layer.weight.numel() ** -0.5  # of a mean, in deviations; of a deviation it is 0.7 of that
        assert abs(layer.weight.mean()) < 4 * STD[name] * error, name
        assert layer.weight.std().item() == pytest.approx(STD[name], rel=4 * error), name
        assert layer.bias.mean().item() == pytest.approx(BIAS[0], abs=4 * BIAS[1] * len(layer.bias) ** -0.5), name
        assert layer.bias.std().item() == pytest.approx(BIAS[1], rel=4 * len(layer.bias) ** -0.5), name


@pytest.mark.parametrize(
    ("shape", "inputs"), [((1, 105, 105), 6 * 6), ((1, 65, 65), 1), ((3, 84, 84), 3 * 3), ((1, 65, 105), 6)]
)
def test_the_embedding(shape, inputs):
    encoder = koch(shape)
    assert encoder.shape == (4096,)
    assert encoder.fc.in_features == 256 * inputs
    embedded = encoder(torch.rand(2, *shape))
    assert embedded.shape == (2, 4096)
    assert 0 <= embedded.min() < 0.1 < 0.9 < embedded.max() <= 1


def test_it_is_four_convolutions_with_relu_three_poolings_and_a_sigmoid():
    torch.manual_seed(0)
    encoder, images = koch((1, 65, 67)), torch.rand(2, 1, 65, 67)
    for layer in encoder.children():  # both signs before every ReLU, and a sigmoid that does not saturate
        torch.nn.init.normal_(layer.weight, std=(2 / layer.weight[0].numel()) ** 0.5)
        torch.nn.init.normal_(layer.bias, std=0.1)
    weights = iter(encoder.parameters())
    maps = images
    for pooled in (True, True, True, False):
        maps = relu(conv2d(maps, next(weights), next(weights)))
        maps = max_pool2d(maps, 2) if pooled else maps
    expected = linear(maps.flatten(1), next(weights), next(weights)).sigmoid()
    torch.testing.assert_close(encoder(images), expected)


def test_batch_norm_follows_every_layer():
    torch.manual_seed(0)
    encoder, images = koch((1, 65, 67), norm="batch", initial="he", dim=7), torch.rand(5, 1, 65, 67)
    for norm in encoder.norms:
        torch.nn.init.normal_(norm.weight)  # of both signs: a maximum then becomes a minimum
        torch.nn.init.normal_(norm.bias)
    maps = images
    for number, layer in enumerate((encoder.conv1, encoder.conv2, encoder.conv3, encoder.conv4)):
        maps = normed(conv2d(maps, layer.weight, layer.bias), encoder.norms[number])
        maps = max_pool2d(relu(maps), 2) if number < 3 else relu(maps)
    expected = normed(linear(maps.flatten(1), encoder.fc.weight, encoder.fc.bias), encoder.norms[4]).sigmoid()
    assert expected.shape == (5, 7)
    torch.testing.assert_close(encoder(images), expected, atol=1e-4, rtol=1e-4)


def normed(values: torch.Tensor, norm: torch.nn.Module) -> torch.Tensor:
    """Values less their mean over all but the channels, in deviations, times the norm's weight, plus its bias."""
    axes, shape = [0, *range(2, values.ndim)], (1, -1, *[1] * (values.ndim - 2))
    mean, variance = values.mean(axes, keepdim=True), values.var(axes, correction=0, keepdim=True)
    return (values - mean) / (variance + 1e-5).sqrt() * norm.weight.view(shape) + norm.bias.view(shape)


def test_sigmoids_saturate_as_the_paper_starts_them_and_not_by_he():
    images = torch.rand(8, 1, 105, 105).round()
    with seeded(0, "koch"), torch.no_grad():
        paper, he = koch((1, 105, 105))(images), koch((1, 105, 105), initial="he")(images)
    assert ((paper < 0.01) | (paper > 0.99)).float().mean() > 0.5
    assert ((he < 0.01) | (he > 0.99)).float().mean() < 0.05
    assert he.std(0).mean() > 10 * paper.std(0).mean()  # images differ


@pytest.mark.parametrize(("option", "valid"), [("norm", "batch, none"), ("initial", "he, paper")])
def test_options_of_other_values_are_refused(option, valid):
    with pytest.raises(RequestError, match=f"unknown {option} 'layer': .*expected one of {valid}"):
        koch((1, 65, 65), **{option: "layer"})


@pytest.mark.parametrize("side", [(64, 105), (105, 64), (28, 28)])
def test_images_of_which_no_map_is_left_are_refused(side):
    with pytest.raises(RequestError, match=rf"at least 65 px, got {side[0]} × {side[1]}"):
        koch((1, *side))
