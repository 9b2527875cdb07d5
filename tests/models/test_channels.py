"""Advice on channels."""

import pytest
from torch import nn

from fewshot.models.channels import channels_hint


@pytest.mark.parametrize(
    ("wanted", "channels", "advice"),
    [
        (3, 1, "images.expand(-1, 3, -1, -1) in a first layer, or read a folder's images with its option channels = 3"),
        (1, 3, "images.mean(1, keepdim=True) in a first layer, or read a folder's images with its option channels = 1"),
        (3, 4, "takes images of 3 channels, and these have 4: read a folder's images"),
        (3, 3, ""),
    ],
)
def test_a_network_for_other_channels_has_advice(wanted, channels, advice):
    hint = channels_hint(nn.Sequential(nn.ReLU(), nn.Conv2d(wanted, 2, 3)), channels)
    assert advice in hint
    assert bool(hint) == bool(advice)


def test_there_is_no_advice_for_a_function():
    assert channels_hint(len, 1) == ""
