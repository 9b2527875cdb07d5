"""A network's encoder as ONNX or TorchScript, from pixels to embeddings, for programs without fewshot."""

import io
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, Shaped, UInt8
from torch import Tensor, nn

from fewshot.core.errors import Lacking, RequestError
from fewshot.core.files import write_whole
from fewshot.core.types import EmbeddingLearner, Embeddings
from fewshot.verification.network_file import KEY, for_others
from fewshot.verification.verifier import Verifier

Run = Callable[[Shaped[np.ndarray, "image channel height width"]], Float[np.ndarray, "image dim"]]
PIXELS = {"uint8": 255.0, "float": 1.0}  # kinds of pixels, and their largest value
CLOSE = 1e-4  # by which an exported encoder's embeddings may differ, as a share of the largest number in them
IMAGES = "images"


class FromPixels(nn.Module):
    """The encoder of a learner behind its preparation: bytes become floats from 0 to 1, and both are normalised."""

    def __init__(self, learner: EmbeddingLearner, most: float) -> None:
        super().__init__()
        self.encoder, self.most = learner.encoder, most

    def forward(self, images: Shaped[Tensor, "image channel height width"]) -> Embeddings:
        return self.encoder(images.float() / self.most)


def export(verifier: Verifier, form: str, file: Path, pixels: str = "uint8") -> float:
    """Write a verifier's encoder, whole or not at all, and return the largest difference of its embeddings from ours.

    The difference is a share of the largest number in them. Raises `Lacking` without the libraries of the extra export,
    and `RequestError` if the network cannot be exported or the difference is larger than `CLOSE`.
    """
    if not isinstance(getattr(verifier.learner, "encoder", None), nn.Module):
        raise RequestError(f"expected a learner with an encoder, got {verifier.network.spec.learner.name}")
    most = PIXELS[pixels]
    module = FromPixels(verifier.learner, most).eval()
    images = some_pixels(verifier.network.shape)
    images = images if most == 255 else images / 255
    with warnings.catch_warnings():  # of the exporters, on their own future
        warnings.simplefilter("ignore")
        content, run = FORMATS[form](module, images[:2], json.dumps(expected(verifier, pixels), ensure_ascii=False))
        with torch.inference_mode():
            ours = module(images).numpy()
        theirs = run(images.numpy())
    apart = float(np.abs(theirs - ours).max() / max(np.abs(ours).max(), 1e-30))
    if not apart <= CLOSE:
        raise RequestError(f"{file}: expected the embeddings of {form} within {CLOSE:g} of ours, got {apart:.1e} apart")
    write_whole(file, content)
    return apart


def expected(verifier: Verifier, pixels: str) -> dict:
    """The images that an exported encoder takes: pixels, channels, side, and how they are to be resized before."""
    image = for_others(verifier.network)["image"]
    ink = verifier.prepare.ink is not None
    own = {key: image[key] for key in ("channels", "side", "resized")}
    return {"pixels": pixels, "ink": "largest" if ink else "", **own}


def some_pixels(shape: tuple[int, int, int], count: int = 5) -> UInt8[Tensor, "image channel height width"]:
    """Images of lines of all grey values on black, the same at each call."""
    draw = torch.Generator().manual_seed(0)
    noise = torch.rand(count, *shape, generator=draw) * (torch.rand(count, 1, *shape[1:], generator=draw) > 0.7)
    return (255 * noise).to(torch.uint8)


def to_onnx(module: nn.Module, images: Tensor, about: str) -> tuple[bytes, Run]:
    """The module as a file of ONNX with the metadata `about`, and a function that runs it in onnxruntime."""
    try:
        import onnx  # noqa: F401 - the exporter needs it
        import onnxruntime
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise Lacking(f"expected {error.name}, which ONNX needs: install fewshot with the extra export") from error
    content = io.BytesIO()
    batch = ({0: torch.export.Dim("batch")},)
    try:
        program = torch.onnx.export(
            module, (images,), input_names=[IMAGES], output_names=["embeddings"], dynamic_shapes=batch, dynamo=True,
            verbose=False,
        )  # fmt: skip
        program.model.metadata_props[KEY] = about
        program.save(content)
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise RequestError(f"expected an encoder that ONNX can hold, got {type(error).__name__}: {first}") from error
    session = onnxruntime.InferenceSession(content.getvalue(), providers=["CPUExecutionProvider"])
    return content.getvalue(), lambda pixels: session.run(None, {IMAGES: pixels})[0]


def to_torchscript(module: nn.Module, images: Tensor, about: str) -> tuple[bytes, Run]:
    """The module traced as TorchScript with the extra file `about`, and a function that runs it."""
    content = io.BytesIO()
    try:
        with torch.inference_mode(False), torch.no_grad():
            torch.jit.save(torch.jit.trace(module, images, check_trace=False), content, _extra_files={KEY: about})
    except Exception as error:
        first = str(error).strip().partition("\n")[0]
        raise RequestError(
            f"expected an encoder that TorchScript can hold, got {type(error).__name__}: {first}"
        ) from error
    loaded = torch.jit.load(io.BytesIO(content.getvalue()))
    return content.getvalue(), lambda pixels: loaded(torch.from_numpy(pixels)).numpy(force=True)


FORMATS: dict[str, Callable[[nn.Module, Tensor, str], tuple[bytes, Run]]] = {
    "onnx": to_onnx,
    "torchscript": to_torchscript,
}
