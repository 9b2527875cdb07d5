"""The formats of an exported encoder: ONNX and TorchScript, each written to bytes and run again."""

import io
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from fewshot.core.errors import Lacking, RequestError
from fewshot.verification.network_file import KEY

Run = Callable[[Shaped[np.ndarray, "image channel height width"]], Float[np.ndarray, "image dim"]]
IMAGES = "images"  # the name of the input


def to_onnx(module: nn.Module, images: Tensor, shape: tuple, about: str) -> tuple[bytes, Run]:
    """The module as a file of ONNX with the metadata `about`, and a function that runs it in onnxruntime."""
    try:
        import onnx  # noqa: F401 - the exporter needs it
        import onnxruntime
        import onnxscript  # noqa: F401
    except ImportError as error:
        raise Lacking(f"expected {error.name}, which ONNX needs: install fewshot with the extra export") from error
    content = io.BytesIO()
    names = ("batch", "", *("" if side else name for side, name in zip(shape[1:], ("height", "width"), strict=True)))
    dynamic = ({axis: torch.export.Dim(name) for axis, name in enumerate(names) if name},)
    try:
        program = torch.onnx.export(
            module, (images,), input_names=[IMAGES], output_names=["embeddings"], dynamic_shapes=dynamic, dynamo=True,
            verbose=False,
        )  # fmt: skip
        program.model.metadata_props[KEY] = about
        program.save(content)
    except Exception as error:
        raise RequestError(f"expected an encoder that ONNX can hold, got {described(error)}") from error
    session = onnxruntime.InferenceSession(content.getvalue(), providers=["CPUExecutionProvider"])
    return content.getvalue(), lambda pixels: session.run(None, {IMAGES: pixels})[0]


def to_torchscript(module: nn.Module, images: Tensor, shape: tuple, about: str) -> tuple[bytes, Run]:
    """The module traced as TorchScript with the extra file `about`, and a function that runs it."""
    content = io.BytesIO()
    try:
        with torch.inference_mode(False), torch.no_grad():
            torch.jit.save(torch.jit.trace(module, images, check_trace=False), content, _extra_files={KEY: about})
    except Exception as error:
        raise RequestError(f"expected an encoder that TorchScript can hold, got {described(error)}") from error
    loaded = torch.jit.load(io.BytesIO(content.getvalue()))
    return content.getvalue(), lambda pixels: loaded(torch.from_numpy(pixels)).numpy(force=True)


FORMATS: dict[str, Callable[[nn.Module, Tensor, tuple, str], tuple[bytes, Run]]] = {
    "onnx": to_onnx,
    "torchscript": to_torchscript,
}


def described(error: BaseException) -> str:
    """The first line on an error's first cause, as exporters wrap it."""
    while error.__cause__:
        error = error.__cause__
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
