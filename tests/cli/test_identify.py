"""`fewshot enrol`, `identify` and `gallery` on images and folders: output, files and exit codes."""

import json
import os
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import fewshot
from fewshot.cli.main import main
from fewshot.verification.network_file import to_bytes


@pytest.fixture
def folder(small_network, tmp_path, monkeypatch, capsys) -> Path:
    """A folder with a network, images of three letters, and a gallery with two images of two of them."""
    monkeypatch.chdir(tmp_path)
    bank = fewshot.load_split("typefaces", "scripts", "val", size=28)
    for name, first in (("a", 0), ("b", 16), ("c", 40)):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.fromarray(255 - bank.pixels[first + number, 0].numpy()).save(f"{name}/{number}.png")
    Image.new("L", (50, 50), 255).save("c/blank.png")
    Path("text.png").write_text("no image")
    points = {"eer": -1e6, "fmr=0.01": -1e-6, "fmr=0.001": 1.0}
    Path("net.safetensors").write_bytes(to_bytes(replace(small_network, points=points)))
    for name in "ab":
        assert run(capsys, f"enrol {name} {name}/0.png {name}/1.png")[0] == 0
    return tmp_path


def run(capsys, words: str) -> tuple[int, str, str]:
    words = shlex.split(words)
    model = ["--model", "net.safetensors"] if words[0] != "gallery" else []
    code = main([*words, "--gallery", "g", *model])
    return code, *capsys.readouterr()


def test_enrolment_tells_the_counts(folder, capsys):
    assert run(capsys, "enrol a a/0.png a/2.png") == (0, "g: a: 1 images enrolled, 1 enrolled already\n", "")
    code, out, err = run(capsys, "enrol c c")
    assert (code, out) == (0, "g: c: 3 images enrolled, failures to enrol: 1\n")
    assert err.startswith("fewshot: failure to enrol: c/blank.png: blank")


@pytest.mark.parametrize(
    ("words", "code", "rows"),
    [
        ("a/0.png --at eer", 0, 2),
        ("a/0.png --at eer --top 1", 0, 1),
        ("c/2.png --at fmr=1e-3", 3, 1),
        ("c/blank.png", 4, 1),
        ("a c --at eer", 0, 13),
    ],
)
def test_probes_have_candidates_or_nobody(folder, capsys, words, code, rows):
    found, out, err = run(capsys, f"identify {words}")
    lines = out.splitlines()
    assert (found, err) == (code, "")
    assert lines[0].split() == ["probe", "rank", "identity", "score", "probability"]
    assert lines[1 + rows].startswith("2 identities, threshold ")
    outcome = {0: "a", 3: "nobody", 4: "undetermined"}[code]
    assert lines[1].split()[2] == outcome
    plain = json.loads(run(capsys, f"identify {words} --json")[1])
    assert sum(max(1, len(one["candidates"])) for one in plain["probes"]) == rows


def test_the_share_of_strangers_that_pass_grows_with_the_gallery(folder, capsys):
    assert "about 2% of strangers have a candidate" in run(capsys, "identify a/0.png --at fmr=0.01")[1]


def test_a_gallery_is_listed_shown_checked_and_removed_from(folder, capsys):
    code, out, _ = run(capsys, "gallery list")
    assert (code, out.splitlines()[:2]) == (0, ["a  2", "b  2"])
    assert json.loads(run(capsys, "gallery list --json")[1])["identities"] == {"a": 2, "b": 2}
    lines = run(capsys, "gallery show b")[1].splitlines()
    assert [line.split()[::2] for line in lines] == [["number", "file"], ["3", "b/0.png"], ["4", "b/1.png"]]
    assert run(capsys, "gallery check") == (0, "g: 2 identities, 4 images, as they were written\n", "")
    assert run(capsys, "gallery remove b --image 3") == (0, "g: b: 1 images removed\n", "")
    assert run(capsys, "gallery remove b")[0] == 0
    assert json.loads(run(capsys, "gallery list --json")[1])["identities"] == {"a": 2}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("enrol a/b a/0.png", "name of an identity: expected one without slashes"),
        (r"enrol $'a\nb' a/0.png", "name of an identity: expected one without slashes"),
        ("enrol '' a/0.png", "name of an identity: expected 1 to 200 characters, got 0"),
        ("enrol c a/0.png c/0.png", "a/0.png: expected an image of c, it is enrolled as 'a'"),
        ("enrol c c/blank.png", "c: expected images that can be used, got none: c/blank.png: blank"),
        ("enrol c c/0.png text.png", "text.png: expected an image"),
        ("enrol c gone.png", "gone.png: expected an image, got: No such file"),
        ("identify a/0.png --top 0", "top: expected a number of at least 1"),
        ("identify a/0.png --prior 1", "prior: expected a probability"),
        ("identify a/0.png --at fmr=3", "unknown threshold"),
        ("gallery show c", "unknown identity 'c': expected one of a, b"),
        ("gallery remove c", "g: unknown identity 'c': expected one of a, b"),
        ("gallery remove a --image 3", "g: unknown image of a '3': expected one of 1, 2"),
    ],
)
def test_a_wrong_request_is_one_message_and_the_gallery_is_as_it_was(folder, capsys, words, message):
    words = words.replace(r"$'a\nb'", "'a\nb'")
    before = Path("g").read_bytes()
    code, out, err = run(capsys, words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert Path("g").read_bytes() == before


@pytest.mark.parametrize("words", ["identify a/0.png", "enrol c c/0.png", "gallery list", "gallery check"])
def test_a_damaged_gallery_is_one_message(folder, capsys, words):
    content = Path("g").read_bytes()
    Path("g").write_bytes(content[:100] + b"\xff" * 4000 + content[4100:])
    code, out, err = run(capsys, words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "damaged" in err
    Path("g").unlink()
    os.mkfifo("g")
    assert run(capsys, words)[0] == 2
