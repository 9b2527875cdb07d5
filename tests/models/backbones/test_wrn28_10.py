"""WRN-28-10: its size, counted without numbers, and what it refuses."""

from importlib.util import find_spec

import pytest
import torch

from fewshot.core.errors import RequestError
from fewshot.models.backbones.wrn28_10 import wrn28_10


@pytest.mark.skipif(not find_spec("learn2learn"), reason="needs learn2learn (--group interop)")
def test_it_has_36_million_weights_and_gives_640_numbers():
    with torch.device("meta"):
        encoder = wrn28_10((3, 84, 84))
        embedded = encoder(torch.empty(2, 3, 84, 84))
    assert encoder.shape == (640,)
    assert embedded.shape == (2, 640)
    assert 36.4e6 < sum(weight.numel() for weight in encoder.parameters()) < 36.6e6


@pytest.mark.parametrize(
    ("shape", "came"),
    [((1, 84, 84), "grey ones of 84 × 84"), ((3, 32, 32), "colour ones of 32 × 32"), ((4, 84, 84), "4-channel ones")],
)
def test_other_images_are_refused(shape, came):
    with pytest.raises(RequestError, match=f"expected colour images of 84 × 84 px, got {came}"):
        wrn28_10(shape)
