"""ResNet-12: learn2learn's numbers at 84 px, smaller images, and a state that is all in its `state_dict`."""

from importlib.util import find_spec

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.models.adapters.learn2learn import import_learn2learn
from fewshot.models.backbones.resnet12 import resnet12

needs_learn2learn = pytest.mark.skipif(not find_spec("learn2learn"), reason="needs learn2learn (--group interop)")


@needs_learn2learn
def test_at_84_px_it_is_learn2learns_own_in_training_and_in_evaluation():
    with seeded(0, "weights"):
        ours = resnet12((3, 84, 84), wider=False)
    theirs = import_learn2learn().vision.models.ResNet12Backbone(wider=False)
    theirs.load_state_dict(ours.net.state_dict())
    images = torch.rand(1, 3, 84, 84)
    for _ in range(2):  # the second pass drops more
        with seeded(0, "dropped"), torch.no_grad():
            found = ours(images)
        with seeded(0, "dropped"), torch.no_grad():
            expected = theirs(images)
        assert found.shape == (1, *ours.shape) == (1, 512)
        torch.testing.assert_close(found, expected)
    with torch.no_grad():
        torch.testing.assert_close(ours.eval()(images), theirs.eval()(images))


@needs_learn2learn
@pytest.mark.parametrize(
    ("shape", "rates"),
    [((1, 16, 16), (0.1, 0.1, 0, 0)), ((1, 40, 90), (0.1, 0.1, 0.1, 0)), ((3, 80, 80), (0.1, 0.1, 0.1, 0.1))],
)
def test_a_block_with_a_map_smaller_than_dropblocks_squares_goes_without_it(shape, rates):
    with torch.device("meta"):
        encoder = resnet12(shape)
        assert encoder.eval()(torch.empty(2, *shape)).shape == (2, *encoder.shape) == (2, 640)
    net = encoder.net
    assert tuple(layer[0].drop_rate for layer in (net.layer1, net.layer2, net.layer3, net.layer4)) == rates


@needs_learn2learn
def test_dropblock_counts_training_steps_in_the_state_dict():
    encoder, images = resnet12((1, 80, 80), wider=False), torch.rand(2, 1, 80, 80)  # the least that it drops from last
    with torch.no_grad():
        for _ in range(3):
            encoder.train()(images)
            encoder.eval()(images)
        encoder.train()(images)
        assert encoder.net.layer4[0].num_batches_tracked == 4
        other = resnet12((1, 80, 80), wider=False)
        other.load_state_dict(encoder.state_dict())
        other(images)
    assert other.net.layer4[0].num_batches_tracked == 5


def test_images_of_which_no_map_is_left_are_refused():
    with pytest.raises(RequestError, match=r"resnet12: .* at least 16 px .*, got 15 × 84"):
        resnet12((3, 15, 84))
