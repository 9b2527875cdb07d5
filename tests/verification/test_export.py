"""Exported encoders embed what ours do, from drawings and photographs of any size, or are refused."""

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from exported import exported, same_scores
from PIL import Image

import fewshot
from fewshot.verification.export import export
from fewshot.verification.verifier import Verifier


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda images, size: images.flip(-1), "within 0.0001 of ours, got "),
        (lambda images, size: images.mine, "that TorchScript can hold, got AttributeError: "),
        (lambda images, size: torch.from_numpy(images.numpy()), r"embeddings \[3, 64\] of torchscript, got \[2, 64\]"),
    ],
)
def test_an_export_with_another_preparation_is_refused(small_network, tmp_path, monkeypatch, wrong, message):
    verifier = Verifier(small_network)
    monkeypatch.setattr(verifier.prepare.data, "prepare_tensors", wrong)
    with pytest.raises(fewshot.RequestError, match=message):
        export(verifier, "torchscript", tmp_path / "net.out")
    assert not (tmp_path / "net.out").exists()


@pytest.mark.filterwarnings("ignore:collapsed")  # after two steps on noise
@pytest.mark.parametrize("form", [pytest.param("onnx", marks=pytest.mark.slow), "torchscript"])
def test_an_exported_encoder_embeds_photographs_of_any_size_as_ours(tmp_path, monkeypatch, form):
    if form == "onnx":
        pytest.importorskip("onnxscript")
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    for name in "abcdefghi":
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(4):
            photo = draw.integers(0, 256, (20 + number, 24, 3), dtype=np.uint8)
            Image.fromarray(photo).save(tmp_path / "photos" / name / f"{number}.png")
    small = {"task": fewshot.TaskShape(2, 1, 1), "batch": 1, "steps": 2, "progress": False, "data": tmp_path}
    options = {
        "folder:photos": {"split": "0.34/0.33/0.33", "resize": 20},
        "held_out": {"way": 2, "shots": [1], "query": 1},
    }
    trained = fewshot.train("triplet", dataset="folder:photos", protocol="held_out", size=16, options=options, **small)
    verifier = Verifier.trained(*trained)
    assert 0 <= export(verifier, form, Path("net.out")) <= 1e-4
    found, about = exported(Path("net.out"), form)
    assert about["shape"] == ["batch", 3, "height", "width"]
    sizes = [(16, 16), (20, 20), (7, 9), (131, 40), (40, 131), (1, 30), (30, 1)]
    images = [draw.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes] + real_faces()
    theirs = np.concatenate([found(one.transpose(2, 0, 1)[None].copy()) for one in images])
    rows = verifier.embed([Image.fromarray(one) for one in images])
    same_scores(verifier, rows, theirs)


def real_faces(count: int = 8) -> list[np.ndarray]:
    """Some photographs of different people, of 112 × 92 px, or none where the data is not here."""
    file = Path(os.environ.get("FEWSHOT_DATA", ""), "orl-faces", "orl_faces.zip")
    if not file.exists():
        return []
    with zipfile.ZipFile(file) as archive:
        names = sorted(name for name in archive.namelist() if name.endswith("/1.pgm"))[:count]
        return [np.asarray(Image.open(archive.open(name)).convert("RGB")) for name in names]


@pytest.mark.parametrize("form", [pytest.param("onnx", marks=pytest.mark.slow), "torchscript"])
def test_the_characters_exported_score_real_drawings_as_ours(omniglot_data, tmp_path, form):
    if form == "onnx":
        pytest.importorskip("onnxscript")
    verifier = Verifier.load()
    export(verifier, form, file := tmp_path / "net.out")
    bank = fewshot.load_split("omniglot", "lake", "val", size=105, data=omniglot_data[0])
    images = 255 - bank.pixels[:: len(bank.pixels) // 30]  # as in the files, dark on light
    rows = verifier.embed([Image.fromarray(one[0].numpy()) for one in images])
    same_scores(verifier, rows, exported(file, form)[0](images.numpy()))


@pytest.mark.parametrize("form", [pytest.param("onnx", marks=pytest.mark.slow), "torchscript"])
def test_an_export_has_all_views(small_network, tmp_path, form):
    learner = replace(small_network.spec.learner, options={"views": 3})
    several = Verifier(replace(small_network, spec=replace(small_network.spec, learner=learner)))
    letters = fewshot.load_split("typefaces", "scripts", "val", size=28).pixels[:3]
    assert not torch.allclose(several.embed(letters), Verifier(small_network).embed(letters))
    assert 0 <= export(several, form, tmp_path / "net.out") <= 1e-4
