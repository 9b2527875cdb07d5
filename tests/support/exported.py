"""Exported encoders, run as other programs run them."""

import json
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from fewshot.verification.verifier import Verifier


def exported(file: Path, form: str) -> tuple[Callable[[np.ndarray], np.ndarray], dict]:
    """A function from images to embeddings, and the metadata."""
    if form == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(str(file))
        about = session.get_modelmeta().custom_metadata_map["fewshot"]
        return (lambda images: session.run(None, {"images": images})[0]), json.loads(about)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's on torch.jit
        module = torch.jit.load(str(file), _extra_files=(extra := {"fewshot": ""}))
    return (lambda images: module(torch.from_numpy(images)).numpy()), json.loads(extra["fewshot"])


def same_scores(verifier: Verifier, ours: torch.Tensor, theirs: np.ndarray) -> None:
    """Both rows of embeddings give the same scores."""
    scores = [verifier.compare(one, one.roll(1, 0)) for one in (ours, ours.new_tensor(theirs))]
    np.testing.assert_allclose(*scores, atol=1e-4)
