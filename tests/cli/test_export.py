"""`fewshot export`: what it prints, and a file that other programs run."""

from pathlib import Path

import pytest
from exported import exported, same_scores
from PIL import Image

import fewshot
from fewshot.cli.main import main
from fewshot.verification.verifier import Verifier


@pytest.mark.parametrize("form", [pytest.param("onnx", marks=pytest.mark.slow), "torchscript"])
def test_an_exported_encoder_embeds_drawings_as_ours(letters, capsys, form):
    if form == "onnx":
        pytest.importorskip("onnxscript")
    code = main(["export", "--format", form, "net.out", "--model", "net.safetensors"])
    out = capsys.readouterr().out
    assert code == 0
    assert out.startswith("net.out: from uint8 [batch 1 28 28] to embeddings, which differ from fewshot's by at most ")
    assert "\nimages: drawings in grey of 28 × 28 pixels, " in out
    verifier = Verifier.load("net.safetensors")
    images = 255 - fewshot.load_split("typefaces", "scripts", "val", size=28).pixels[:7]
    images[3:] = 255 - images[3:]  # light on dark, which both turn round
    found, about = exported(Path("net.out"), form)
    assert about.items() >= {"pixels": "uint8", "shape": ["batch", 1, 28, 28], "similarity": "euclidean"}.items()
    rows = verifier.embed([Image.fromarray(one[0].numpy()) for one in images])
    same_scores(verifier, rows, found(images.numpy()))
    for others in (images[..., :14, :14], images.repeat(1, 1, 2, 2), images / 255):
        with pytest.raises(Exception, match=r"(?i)invalid|unexpected|not implemented for 'Float'"):
            found(others.numpy())
