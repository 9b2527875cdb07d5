"""Networks of torchvision: heads, stems, channels, pretrained weights and borders."""

import hashlib
from pathlib import Path
from urllib.error import URLError

import pytest
import torch
from torchvision import models

from fewshot.conformance import check
from fewshot.core.errors import RequestError
from fewshot.core.rng import seeded
from fewshot.models.backbones.torchvision import torchvision
from fewshot.registry.lookup import make_part

TINY = "squeezenet1_1"


def made(model: str, shape: tuple[int, int, int], **options) -> torchvision:
    with seeded(0, "weights"):
        return torchvision(shape, model=model, **options)


def test_the_model_stands_after_the_colon_and_every_choice_in_the_spec():
    part = make_part("backbones", "torchvision:resnet18", {"weights": "IMAGENET1K_V1"})
    assert part.options == {"model": "resnet18", "stem": "auto", "weights": "IMAGENET1K_V1"}


def test_it_keeps_what_a_backbone_promises():
    assert len(check("backbones", f"torchvision:{TINY}", options={})) > 1


@pytest.mark.parametrize(
    ("model", "dim"),
    [("resnet18", 512), ("vgg11", 4096), ("googlenet", 1024), ("inception_v3", 2048), ("mobilenet_v3_small", 1024)],
)
def test_the_classifier_and_auxiliary_outputs_are_gone(model, dim):
    with torch.device("meta"):
        encoder = torchvision((1, 28, 28), model=model)
        assert encoder.train()(torch.empty(2, 1, 28, 28)).shape == (2, dim)
    assert encoder.shape == (dim,)
    assert 1000 not in {getattr(layer, "out_features", 0) for layer in encoder.modules()}


def test_a_vision_transformer_takes_any_side_of_whole_patches():
    with torch.device("meta"):
        encoder = torchvision((1, 32, 32), model="vit_b_16")
    assert encoder.net.encoder.pos_embedding.shape[1] == 1 + 4
    assert encoder.shape == (768,)
    with pytest.raises(RequestError, match="vit_b_16: expected a side of whole patches, got 28 px"):
        made("vit_b_16", (1, 28, 28))


@pytest.mark.parametrize(
    ("side", "stem", "small"), [(63, "auto", True), (64, "auto", False), (28, "own", False), (84, "small", True)]
)
def test_the_stem_of_small_images_has_stride_1_and_no_pooling(side, stem, small):
    with torch.device("meta"):
        net = torchvision((3, side, side), model="resnet18", stem=stem).net
    assert net.conv1.stride == ((1, 1) if small else (2, 2))
    assert isinstance(net.maxpool, torch.nn.Identity) == small


def test_a_grey_image_is_one_of_three_equal_channels():
    grey, colour = (made(TINY, (channels, 32, 32)).eval() for channels in (1, 3))
    images = torch.rand(2, 1, 32, 32)
    torch.testing.assert_close(grey(images), colour(images.expand(-1, 3, -1, -1)), atol=1e-5, rtol=1e-4)


@pytest.fixture
def stored(monkeypatch):
    """Weights as they would be fetched; none for an exception instead."""
    state = models.get_model(TINY).state_dict()

    def fetched(result: dict | Exception) -> None:
        def load(*_, **options) -> dict:
            assert options == {"progress": False, "check_hash": True}
            if isinstance(result, Exception):
                raise result
            return result

        monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", load)

    fetched(state)
    return state, fetched


@pytest.mark.parametrize("channels", [1, 3])
def test_pretrained_weights_see_images_as_they_want_them(stored, channels):
    encoder = made(TINY, (channels, 64, 64), weights="IMAGENET1K_V1").eval()
    whole = models.get_model(TINY)
    whole.load_state_dict(stored[0])
    whole.classifier[1] = torch.nn.Identity()
    images = torch.rand(2, channels, 64, 64)
    mean, std = (torch.tensor(values)[:, None, None] for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    expected = whole.eval()((images.expand(-1, 3, -1, -1) - mean) / std)
    torch.testing.assert_close(encoder(images), expected)


def test_weights_that_cannot_be_fetched_or_are_not_whole_are_one_message(stored):
    state, fetched = stored
    fetched(URLError("no way there"))
    with pytest.raises(RequestError, match=r"expected the weights IMAGENET1K_V1 from https.*no way there"):
        made(TINY, (3, 32, 32), weights="IMAGENET1K_V1")
    fetched(state | {"features.0.bias": torch.full((64,), torch.nan)})
    with pytest.raises(RequestError, match="expected finite weights, got IMAGENET1K_V1"):
        made(TINY, (3, 32, 32), weights="IMAGENET1K_V1")


@pytest.mark.parametrize("damage", [None, b"x", "code"])
def test_a_file_of_weights_is_held_to_its_hash_and_read_without_running_code(tmp_path, monkeypatch, damage):
    made_by = tmp_path / "made"
    value = {**models.get_model(TINY).state_dict()} if damage != "code" else Runs(made_by)
    torch.save(value, tmp_path / "weights.pth")
    content = (tmp_path / "weights.pth").read_bytes()
    name = f"squeezenet-{hashlib.sha256(content).hexdigest()[:8]}.pth"
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / name).write_bytes(content + (damage if damage == b"x" else b""))
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    weights = models.get_model_weights(TINY)["IMAGENET1K_V1"]
    monkeypatch.setattr(weights.value, "url", f"https://nowhere.invalid/{name}", raising=False)
    if damage is None:
        made(TINY, (3, 64, 64), weights="IMAGENET1K_V1")
        return
    with pytest.raises(RequestError, match=r"expected a SHA-256 that begins|expected the weights IMAGENET1K_V1"):
        made(TINY, (3, 64, 64), weights="IMAGENET1K_V1")
    assert not made_by.exists()


class Runs:
    """Creates a file when it is loaded."""

    def __init__(self, file: Path):
        self.file = file

    def __reduce__(self):
        return Path.touch, (self.file,)


@pytest.mark.parametrize(
    ("shape", "options", "message"),
    [
        ((1, 28, 28), {"model": "resnet81"}, "unknown model of torchvision 'resnet81', one of .*: did you mean resnet"),
        ((1, 28, 28), {"model": TINY, "weights": "DEFAULT"}, "unknown weights .* expected one of IMAGENET1K_V1$"),
        ((1, 28, 28), {"model": TINY, "stem": "tiny"}, "unknown stem"),
        ((2, 28, 28), {"model": TINY}, "1 or 3 channels, got 2"),
        ((1, 28, 28), {"model": "vgg11", "stem": "own"}, "can take, got 28 × 28: .*too small"),
        ((3, 84, 84), {"model": "vit_b_16"}, "expected a side of whole patches, got 84 px"),
    ],
)
def test_wrong_options_and_images_are_refused_with_the_reason(shape, options, message):
    with pytest.raises(RequestError, match=message), torch.device("meta"):
        torchvision(shape, **options)
