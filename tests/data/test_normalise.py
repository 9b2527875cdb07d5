"""Statistics of a bank, and the layer that applies them: the same at train and test, kept with the state."""

import copy
from dataclasses import replace

import pytest
import torch
from torch import nn
from torchvision.models import ResNet18_Weights

from fewshot.core.errors import RequestError
from fewshot.core.recipe import Recipe, TaskShape
from fewshot.data.bank import ImageBank
from fewshot.data.normalise import CHUNK, IMAGENET, Normalise, Normalised, Statistics, made_up, statistics_of
from fewshot.evaluation.scorer import embed_bank
from fewshot.models.learners.siamese import siamese
from fewshot.models.similarities.cosine import cosine
from fewshot.training.batches import batches


def coloured(bank: ImageBank, channels: int = 3) -> ImageBank:
    """Channels of their own means and deviations."""
    scaled = [bank.pixels // (number + 1) + 20 * number for number in range(channels)]
    return replace(bank, pixels=torch.cat(scaled, 1))


class Watching(nn.Module):
    """An encoder that keeps what reaches its first layer."""

    shape = (2,)

    def __init__(self) -> None:
        super().__init__()
        self.seen = []
        self.conv1 = nn.Conv2d(3, 2, 1)

    def forward(self, images):
        self.seen.append(images)
        return self.conv1(images).mean((2, 3))


def test_statistics_are_those_of_all_pixels(glyph_bank):
    bank = coloured(glyph_bank(90, images=6))
    assert len(bank) > 2 * CHUNK
    found, pixels = statistics_of(bank), bank.pixels.double() / 255
    assert found.mean == pytest.approx(pixels.mean((0, 2, 3)).tolist(), abs=1e-12)
    assert found.deviation == pytest.approx(pixels.std((0, 2, 3), correction=0).tolist(), abs=1e-12)
    assert statistics_of(replace(bank, pixels=bank.pixels.flip(0))) == found


def test_a_view_has_statistics_too(glyph_bank):
    bank = coloured(glyph_bank(12, size=10))
    middle = bank.pixels[..., 1:9, 1:9].double() / 255
    assert statistics_of(bank.centre(8)).mean == pytest.approx(middle.mean((0, 2, 3)).tolist(), abs=1e-12)


def test_images_that_are_all_of_one_value_are_refused(glyph_bank):
    bank = glyph_bank(12)
    flat = replace(bank, pixels=torch.full_like(bank.pixels, 51))
    with pytest.raises(RequestError, match=r"expected pixels that vary, got channel 0 with 0.2 everywhere"):
        statistics_of(flat)


def test_train_and_test_images_have_the_same_statistics(glyph_bank):
    """What reaches the encoder from one bank, drawn as training tasks and embedded for a test: peers got this wrong."""
    bank = coloured(glyph_bank(12, images=8))
    encoder = Normalised(Watching(), statistics_of(bank))
    learner = siamese(encoder, cosine((2,)))
    for train_mode in (True, False):
        learner.train(train_mode)
        encoder.encoder.seen.clear()
        recipe = Recipe(task=TaskShape(12, 3, 5), batch=1)
        tasks = batches(bank, recipe, 0)(0)  # all classes, and of each all of its images
        learner.embed(torch.cat([tasks.support, tasks.query], 2).flatten(0, 2))
        embed_bank(learner, bank)
        train, test = encoder.encoder.seen
        assert train.shape == test.shape
        for images in (train, test):
            assert images.mean((0, 2, 3)).abs().max() < 1e-4
            torch.testing.assert_close(images.std((0, 2, 3)), torch.ones(3), atol=1e-3, rtol=0)
        assert torch.allclose(train.flatten(1).sort(0).values, test.flatten(1).sort(0).values, atol=1e-6)


def test_other_layers_keep_their_names_and_the_state_has_the_statistics():
    plain, encoder = (nn.Sequential(one) for one in (Watching(), Normalised(Watching(), IMAGENET)))
    assert [name for name, _ in encoder.named_parameters()] == [name for name, _ in plain.named_parameters()]
    wrapped = {f"0.encoder.{name.removeprefix('0.')}" for name in plain.state_dict()}
    assert set(encoder.state_dict()) == {*wrapped, "0.normalise.mean", "0.normalise.deviation"}
    assert set(encoder[0].encoder.state_dict()) == set(plain[0].state_dict())  # of the encoder alone, as without it
    other = copy.deepcopy(nn.Sequential(Normalised(Watching(), made_up(3))))
    other.load_state_dict(encoder.state_dict())
    images = torch.rand(2, 3, 5, 5)
    assert torch.equal(other(images), encoder(images))
    with pytest.raises(RuntimeError, match="Missing key"):
        other.load_state_dict(plain.state_dict())


def test_a_copy_is_normalised_by_a_layer_of_its_own():
    encoder = Normalised(Watching(), IMAGENET)
    other = copy.deepcopy(encoder)
    other.normalise.mean.zero_()
    images = torch.rand(2, 3, 5, 5)
    encoder(images), other(images)
    assert torch.equal(encoder.encoder.seen[-1], Normalise(IMAGENET)(images))
    assert not torch.allclose(encoder.encoder.seen[-1], other.encoder.seen[-1])


def test_the_layer_counts_in_float32_and_keeps_the_memory_format():
    images = torch.rand(2, 3, 4, 5).to(memory_format=torch.channels_last)
    layer = Normalise(Statistics((0.1, 0.2, 0.3), (1.0, 2.0, 4.0))).to(memory_format=torch.channels_last)
    with torch.autocast("cpu", torch.bfloat16):
        found = layer(images)
    assert found.dtype == torch.float32
    assert found.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(found[:, 2], (images[:, 2] - 0.3) / 4)


def test_a_name_that_is_taken_is_refused():
    encoder = Watching()
    encoder.normalise = nn.Identity()
    with pytest.raises(RequestError, match="without an attribute 'normalise'"):
        Normalised(encoder, IMAGENET)


def test_a_copy_that_takes_maml_steps_is_normalised():
    pytest.importorskip("learn2learn")
    from fewshot.models.adapters.maml import adapt, clone

    encoder = Normalised(Watching(), IMAGENET)
    fast = clone(encoder, 0.1, True)
    images = torch.rand(2, 1, 3, 5, 5)
    adapt(fast, images, 1)
    expected = Normalise(IMAGENET)(images.flatten(0, 1))
    assert torch.equal(encoder.encoder.seen[-1], expected)  # the list is shared


def test_imagenets_statistics_are_those_of_torchvisions_weights():
    given = ResNet18_Weights.IMAGENET1K_V1.transforms()
    assert Statistics(tuple(given.mean), tuple(given.std)) == IMAGENET
