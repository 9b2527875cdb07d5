"""Any classification network of torchvision by its name, without its classifier: "torchvision:resnet18"."""

import hashlib
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import hub, nn
from torchvision import models

from fewshot.core.errors import RequestError, unknown
from fewshot.core.types import Embeddings, Images
from fewshot.models.backbones import backbone

STEMS, SMALL = ("auto", "own", "small"), 64  # px; below it, "auto" is the small stem
PATCHES = "vit_"  # prefix of the models whose stem cuts the image into patches, each with a position of its own
HEADS = ("fc", "classifier", "head", "heads")


@backbone(
    family="model",
    examples=("resnet18", "resnet50", "mobilenet_v3_small", "convnext_tiny"),
    pretrained="weights",
    seen="ImageNet",
)
class torchvision(nn.Module):
    """A network without its last layer: an embedding is the input of that layer.

    These networks are made for photographs of 224 px; a vision transformer takes any side of whole patches. With
    `stem = "small"` the first convolution has stride 1 and the first max pooling is dropped; "auto" does so for images
    under 64 px, "own" never. A grey image counts as three equal channels: fresh weights of the first convolution are
    summed over the colours, which is equivalent.

    `weights` names pretrained weights, for example "IMAGENET1K_V1": torchvision downloads them, a file that is there
    is held to the hash in its name, nothing in it is run, and images are normalised as they require. Raises
    `RequestError` for images that the network cannot take.
    """

    def __init__(self, shape: tuple[int, int, int], *, model: str, stem: str = "auto", weights: str = "") -> None:
        super().__init__()
        channels, height, width = shape
        label = f"torchvision:{model}"
        if model not in (known := models.list_models(module=models)):
            raise unknown("model of torchvision", model, known, "model")
        if stem not in STEMS:
            raise unknown(f"stem of {label}", stem, STEMS, "stem")
        if stem == "small" and model.startswith(PATCHES):
            raise RequestError(
                f'stem of {label}: expected "own", as it has a position for each patch, got "small"', "stem"
            )
        if channels not in (1, 3):
            raise RequestError(f"{label}: expected images of 1 or 3 channels, got {channels}")
        self.net, mean, std = _pretrained(model, weights) if weights else (_fresh(model, height), 0.0, 1.0)
        _without_head(self.net)
        first = next(layer for layer in self.net.modules() if isinstance(layer, nn.Conv2d))
        if stem == "small" or (stem == "auto" and min(height, width) < SMALL and not model.startswith(PATCHES)):
            first.stride = (1, 1)
            _without_first_pooling(self.net)
        if channels == 1 and not weights:
            first.in_channels, first.weight = 1, nn.Parameter(first.weight.detach().sum(1, keepdim=True))
        self.normalised = bool(weights)
        for name, values in (("mean", mean), ("std", std)):
            self.register_buffer(name, torch.tensor(values).view(-1, 1, 1), persistent=False)
        self.shape = (_width(self, shape, label),)

    def forward(self, images: Images) -> Embeddings:
        if self.normalised:
            images = (images - self.mean) / self.std  # broadcasts one channel to three
        return self.net(images)


def _fresh(model: str, side: int) -> nn.Module:
    """The network with fresh weights; a vision transformer gets the positions of images of this side."""
    sized = {"image_size": side} if model.startswith(PATCHES) else {}
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings(
                "ignore", "The default weight initialization", FutureWarning
            )  # GoogLeNet, Inception
            return models.get_model(model, **sized)
    except AssertionError as error:
        raise RequestError(f"torchvision:{model}: expected a side of whole patches, got {side} px: {error}") from error


def _pretrained(model: str, weights: str) -> tuple[nn.Module, list[float], list[float]]:
    """The network with these weights, and the mean and deviation of the colours that they require."""
    known = {one.name: one for one in models.get_model_weights(model)}
    if weights not in known:
        raise unknown(f"weights of torchvision:{model}", weights, known, "weights")
    chosen = known[weights]
    _check_file(chosen.url, f"torchvision:{model}")
    try:
        with _weights_only():
            net = models.get_model(model, weights=chosen, progress=False)
    except (OSError, RuntimeError, UnpicklingError) as error:
        reason = " ".join(str(error).split())
        raise RequestError(
            f"torchvision:{model}: expected the weights {weights} from {chosen.url}, got: {reason}"
        ) from error
    if not all(bool(weight.isfinite().all()) for weight in net.parameters()):
        raise RequestError(f"torchvision:{model}: expected finite weights, got {weights} with others")
    wanted = chosen.transforms()
    return net, wanted.mean, wanted.std


def _check_file(url: str, label: str) -> None:
    """Compare a file in torch's cache with the hash in its name; torch does so only for a file that it fetches."""
    file = Path(hub.get_dir(), "checkpoints", url.rpartition("/")[2])
    if not file.exists():
        return
    expected = hub.HASH_REGEX.search(file.name)
    with file.open("rb") as content:
        found = hashlib.file_digest(content, "sha256").hexdigest()
    if not expected or not found.startswith(expected[1]):
        words = f"that begins with {expected[1]}" if expected else "in its name"
        raise RequestError(f"{label}: weights in {file}: expected a SHA-256 {words}, got {found[:8]}; remove the file")


@contextmanager
def _weights_only() -> Iterator[None]:
    """A block in which torch loads tensors alone from files, whatever its callers ask for."""
    name = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
    before = os.environ.get(name)
    os.environ[name] = "1"
    try:
        yield
    finally:
        os.environ.pop(name)
        if before is not None:
            os.environ[name] = before


def _without_head(net: nn.Module) -> None:
    """Replace the classifier's last layer (in SqueezeNet a convolution) by the identity; drop auxiliary classifiers."""
    head = next(name for name in HEADS if hasattr(net, name))
    inner = [path for path, layer in getattr(net, head).named_modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    net.set_submodule(f"{head}.{inner[-1]}".rstrip("."), nn.Identity())
    if hasattr(net, "aux_logits"):
        net.aux_logits = False
        for name in [name for name, _ in net.named_children() if name.lower().startswith("aux")]:
            del net._modules[name]  # a module set to None stays registered, and learn2learn cannot clone it
            setattr(net, name, None)


def _without_first_pooling(net: nn.Module) -> None:
    pooling = [path for path, layer in net.named_modules() if isinstance(layer, nn.MaxPool2d)]
    if pooling:
        net.set_submodule(pooling[0], nn.Identity())


def _width(encoder: nn.Module, shape: tuple[int, int, int], label: str) -> int:
    """The length of an embedding, from a pass on the meta device; refuses images that the network cannot take."""
    state = {name: value.to("meta") for name, value in (*encoder.named_parameters(), *encoder.named_buffers())}
    images = torch.empty(2, *shape, device="meta")
    try:
        found = torch.func.functional_call(encoder.eval(), state, (images,))
    except (AssertionError, RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0]
        got = f"{shape[1]} × {shape[2]}"
        raise RequestError(f"{label}: expected images of a size that it can take, got {got}: {reason}") from error
    finally:
        encoder.train()
    if found.ndim != 2 or len(found) != 2:
        raise RequestError(f"{label}: expected a flat embedding of each image, got {list(found.shape)} of two images")
    return found.shape[1]
