"""`fewshot verify`, `embed` and `export` on images and folders: output, files and exit codes."""

import json
import os
import shlex
import warnings
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas
import pytest
import torch
from PIL import Image

import fewshot
from fewshot.cli.main import main
from fewshot.verification.export import export
from fewshot.verification.network_file import to_bytes
from fewshot.verification.verifier import Verifier


@pytest.fixture
def folder(small_network, tmp_path, monkeypatch) -> Path:
    """A folder with a network, letters as images, a blank image and a text; a and b are far more alike than a and c."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all").mkdir()
    bank = fewshot.load_split("typefaces", "scripts", "val", size=28)
    for name, number in (("a", 0), ("b", 1), ("c", 40)):
        image = Image.fromarray(255 - bank.pixels[number, 0].numpy())
        image.save(tmp_path / f"{name}.png")
        image.save(tmp_path / "all" / f"{name}.png")
    Image.new("L", (50, 50), 255).save(tmp_path / "all" / "blank.png")
    (tmp_path / "text.png").write_text("no image")
    (tmp_path / "empty").mkdir()
    near, far = (float(Verifier(small_network).score("a.png", f"{other}.png")) for other in "bc")
    assert near > far
    points = {"eer": (near + far) / 2, "fmr=0.01": near + 1}
    (tmp_path / "net.safetensors").write_bytes(to_bytes(replace(small_network, points=points)))
    return tmp_path


def run(capsys, *words: str) -> tuple[int, str, str]:
    code = main([*words, "--model", "net.safetensors"])
    return code, *capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "code", "start"),
    [
        ("a.png b.png", 0, "match: score "),
        ("a.png c.png", 3, "non-match: score "),
        ("a.png b.png --at fmr=1e-2", 3, "non-match: score "),
        ("a.png c.png --threshold=-1e9", 0, "match: score "),
        ("a.png b.png --threshold 0", 3, "non-match: score "),
        ("a.png c.png --threshold -1e+9", 0, "match: score "),
        ("a.png b.png a.png", 0, "match: score "),
        ("a.png all/blank.png", 4, "undetermined: all/blank.png: blank: "),
        ("all/blank.png a.png", 4, "undetermined: all/blank.png: blank: "),
    ],
)
def test_a_pair_is_one_line_and_an_exit_code(folder, capsys, words, code, start):
    found, out, err = run(capsys, "verify", *words.split())
    assert (found, out.count("\n"), err) == (code, 1, "")
    assert out.startswith(start)
    if "score" in start:
        assert "threshold " in out
        assert "log-likelihood ratio " in out
        assert "probability " in out
        assert ("given" if "--threshold" in words else "chosen on val") in out


def test_json_has_the_same_and_how_images_were_changed(folder, capsys):
    code, out, _ = run(capsys, "verify", "a.png", "b.png", "--json", "--prior", "0.1")
    found = json.loads(out)
    assert (code, found["verdict"], found["chosen"], found["prior"]) == (0, "match", "eer, chosen on val", 0.1)
    assert found["score"] >= found["threshold"]
    several = run(capsys, "verify", "a.png", "c.png", "b.png")[1]
    assert f"by {json.loads(run(capsys, 'verify', 'a.png', 'c.png', 'b.png', '--json')[1])['rule']} " in several
    assert (found["rule"], found["references"]) == ("", ["a.png"])
    found = json.loads(run(capsys, "verify", "a.png", "c.png", "b.png", "--json")[1])
    assert found["references"] == ["a.png", "c.png"]
    assert found["chosen"] == "eer, chosen on val for single references"
    Image.open("a.png").resize((90, 90)).save("large.png")
    code, out, err = run(capsys, "verify", "a.png", "large.png")
    assert (code, out.count("\n"), err.count("\n")) == (0, 1, 1)
    assert err.startswith("large.png: 90 × 90 pixels, dark on light")
    assert json.loads(run(capsys, "verify", "a.png", "large.png", "--json")[1])["changes"].keys() == {"large.png"}


@pytest.mark.parametrize(
    ("words", "rows"), [("a.png all", 4), ("all a.png", 4), ("all all", 16), ("a.png b.png all", 4)]
)
def test_folders_give_a_table(folder, capsys, words, rows):
    code, out, _ = run(capsys, "verify", *words.split())
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["reference", "probe", "score", "log-likelihood", "ratio", "probability", "verdict"]
    assert sum(line.endswith(("match", "undetermined")) for line in lines) == rows
    assert lines[-1].startswith("undetermined: all/blank.png: blank")
    assert len(json.loads(run(capsys, "verify", *words.split(), "--json")[1])["verdicts"]) == rows


def test_a_file_in_a_folder_that_is_no_image_is_undetermined(folder, capsys):
    (folder / "text.png").rename(folder / "all" / "text.png")
    (folder / "all" / "gone.png").symlink_to("nowhere")
    code, out, _ = run(capsys, "verify", "a.png", "all")
    assert (code, out.count(" undetermined\n")) == (0, 3)
    assert "\nundetermined: all/text.png: expected an image, got a file that starts with b'no image'\n" in out
    assert run(capsys, "verify", "a.png", "all/text.png")[0] == 2


def test_a_name_with_an_end_of_line_stays_in_its_line(folder, capsys):
    (folder / "a.png").rename(folder / "all" / "a\nb.png")
    _, out, err = run(capsys, "verify", "all", "c.png")
    assert (out.count("\n"), err) == (8, "")
    assert "\nall/a\\nb.png " in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("verify a.png text.png", "text.png: expected an image, got a file that starts with b'no image'"),
        ("verify a.png gone.png", "gone.png: expected an image, got: No such file"),
        ("verify a.png empty", "empty: expected a folder with images, found none"),
        ("verify a.png all b.png", "got a folder among 2"),
        ("verify a.png ''", "expected a name, got none"),
        ("export --format torchscript empty", "expected a file to write, got a folder"),
        ("verify a.png", "the following arguments are required"),
        ("verify a.png b.png --at fmr=2", "unknown threshold 'fmr=2'"),
        ("verify a.png b.png --threshold nan", "threshold: expected a number"),
        ("verify a.png b.png --threshold x", "invalid float value"),
        ("verify a.png b.png --threshold 0 --at eer", "not allowed with"),
        ("verify a.png b.png --prior 0", "prior: expected a probability"),
        ("verify a.png b.png --model text.png", "text.png: expected a file of the format safetensors"),
        ("verify a.png b.png --model 0123456789ab", "network 0123456789ab: expected"),
        ("verify a.png b.png --model net.safetensors --best quickstart", "got both"),
        ("embed a.png --out a.txt", "unknown form of --out '.txt'"),
        ("embed all/blank.png --out blank.npz", "expected images that can be used, got none"),
        ("embed empty --out e.npz", "found none"),
        ("embed a.png --out net.safetensors/e.npz", "expected a file that can be written, got: Not a directory"),
        ("export --format torchscript net.safetensors/x", "can be written, got: Not a directory"),
        ("embed nothing.png --out /proc/e.npz", "/proc/e.npz: expected a file that can be written"),
    ],
)
def test_a_wrong_request_is_one_message_and_writes_nothing(folder, capsys, words, message):
    before = sorted(folder.rglob("*"))
    model = [] if "--model" in words else ["--model", "net.safetensors"]
    assert main([*shlex.split(words), *model]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("fewshot: ")
    assert message in err
    assert sorted(folder.rglob("*")) == before


def test_embeddings_are_written_with_their_names(folder, capsys):
    expected = Verifier.load("net.safetensors").embed(["all/a.png", "all/b.png", "all/c.png"]).numpy()
    names = ["all/a.png", "all/b.png", "all/c.png"]
    for file in ("e.npz", "e.csv", "e.parquet"):
        if file == "e.parquet":
            pytest.importorskip("pyarrow")
        code, out, err = run(capsys, "embed", "all", "--out", file)
        assert (code, out) == (0, f"{file}: 3 embeddings, 1 images left out\n")
        assert "left out: all/blank.png: blank" in err
    stored = np.load("e.npz")
    assert stored["name"].tolist() == names
    np.testing.assert_array_equal(stored["embedding"], expected)
    for frame in (pandas.read_csv("e.csv"), pandas.read_parquet("e.parquet")):
        assert frame["name"].tolist() == names
        np.testing.assert_allclose(frame.drop(columns="name").to_numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("form", [pytest.param("onnx", marks=pytest.mark.slow), "torchscript"])
def test_an_exported_encoder_embeds_drawings_as_ours(folder, capsys, form):
    if form == "onnx":
        pytest.importorskip("onnxscript")
    code, out, _ = run(capsys, "export", "--format", form, "net.out")
    assert code == 0
    assert out.startswith("net.out: from uint8 [batch 1 28 28] to embeddings, which differ from fewshot's by at most ")
    assert "\nimages: drawings in grey of 28 × 28 pixels, " in out
    verifier = Verifier.load("net.safetensors")
    images = 255 - fewshot.load_split("typefaces", "scripts", "val", size=28).pixels[:7]
    images[3:] = 255 - images[3:]  # light on dark, which both turn round
    found, about = exported("net.out", form)
    assert about.items() >= {"pixels": "uint8", "shape": ["batch", 1, 28, 28], "similarity": "euclidean"}.items()
    rows = verifier.embed([Image.fromarray(one[0].numpy()) for one in images])
    same_scores(verifier, rows, rows.new_tensor(found(images.numpy())))
    for others in (images[..., :14, :14], images.repeat(1, 1, 2, 2), images / 255):
        with pytest.raises(Exception, match=r"(?i)invalid|unexpected|not implemented for 'Float'"):
            found(others.numpy())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda images, size: images.flip(-1), "within 0.0001 of ours, got "),
        (lambda images, size: images.mine, "that TorchScript can hold, got AttributeError: "),
        (lambda images, size: torch.from_numpy(images.numpy()), r"embeddings \[3, 64\] of torchscript, got \[2, 64\]"),
    ],
)
def test_an_export_with_another_preparation_is_refused(folder, monkeypatch, wrong, message):
    verifier = Verifier.load("net.safetensors")
    monkeypatch.setattr(verifier.prepare.data, "prepare_tensors", wrong)
    with pytest.raises(fewshot.RequestError, match=message):
        export(verifier, "torchscript", Path("net.out"))
    assert not Path("net.out").exists()


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
    found, about = exported("net.out", form)
    assert about["shape"] == ["batch", 3, "height", "width"]
    sizes = [(16, 16), (20, 20), (7, 9), (131, 40), (40, 131), (1, 30), (30, 1)]
    images = [draw.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes] + real_faces()
    theirs = np.concatenate([found(one.transpose(2, 0, 1)[None].copy()) for one in images])
    rows = verifier.embed([Image.fromarray(one) for one in images])
    same_scores(verifier, rows, rows.new_tensor(theirs))


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
    same_scores(verifier, rows, rows.new_tensor(exported(str(file), form)[0](images.numpy())))


@pytest.mark.parametrize("form", [pytest.param("onnx", marks=pytest.mark.slow), "torchscript"])
def test_an_export_has_all_views(small_network, tmp_path, form):
    learner = replace(small_network.spec.learner, options={"views": 3})
    several = Verifier(replace(small_network, spec=replace(small_network.spec, learner=learner)))
    letters = fewshot.load_split("typefaces", "scripts", "val", size=28).pixels[:3]
    assert not torch.allclose(several.embed(letters), Verifier(small_network).embed(letters))
    assert 0 <= export(several, form, tmp_path / "net.out") <= 1e-4


def exported(file: str, form: str):
    """A function from images to embeddings, and the metadata."""
    if form == "onnx":
        import onnxruntime

        session = onnxruntime.InferenceSession(file)
        about = session.get_modelmeta().custom_metadata_map["fewshot"]
        return (lambda images: session.run(None, {"images": images})[0]), json.loads(about)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's on torch.jit
        module = torch.jit.load(file, _extra_files=(extra := {"fewshot": ""}))
    return (lambda images: module(torch.from_numpy(images)).numpy()), json.loads(extra["fewshot"])


def same_scores(verifier, ours, theirs) -> None:
    scores = [verifier.compare(one, one.roll(1, 0)) for one in (ours, theirs)]
    np.testing.assert_allclose(*scores, atol=1e-4)
