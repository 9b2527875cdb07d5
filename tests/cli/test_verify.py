"""`fewshot verify` on images and folders: output and exit codes; and what is refused of it, `embed` and `export`."""

import json
import shlex

import pytest
from PIL import Image

from fewshot.cli.main import main


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
def test_a_pair_is_one_line_and_an_exit_code(letters, capsys, words, code, start):
    found, out, err = run(capsys, "verify", *words.split())
    assert (found, out.count("\n"), err) == (code, 1, "")
    assert out.startswith(start)
    if "score" in start:
        assert "threshold " in out
        assert "log-likelihood ratio " in out
        assert "probability " in out
        assert ("given" if "--threshold" in words else "chosen on val") in out


def test_json_has_the_same_and_how_images_were_changed(letters, capsys):
    given = json.loads(run(capsys, "verify", "a.png", "all/blank.png", "--json", "--prior", "0.1")[1])
    assert (given["verdict"], given["prior"]) == ("undetermined", 0.1)
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
def test_folders_give_a_table(letters, capsys, words, rows):
    code, out, _ = run(capsys, "verify", *words.split())
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split() == ["reference", "probe", "score", "log-likelihood", "ratio", "probability", "verdict"]
    assert sum(line.endswith(("match", "undetermined")) for line in lines) == rows
    assert lines[-1].startswith("undetermined: all/blank.png: blank")
    assert len(json.loads(run(capsys, "verify", *words.split(), "--json")[1])["verdicts"]) == rows


def test_a_file_in_a_folder_that_is_no_image_is_undetermined(letters, capsys):
    (letters / "text.png").rename(letters / "all" / "text.png")
    (letters / "all" / "gone.png").symlink_to("nowhere")
    (letters / "all" / "folder.png").mkdir()
    (letters / "all" / ".trash").mkdir()
    (letters / "c.png").rename(letters / "all" / ".trash" / "c.png")
    (letters / "b.png").rename(letters / "all" / "bare")
    code, out, _ = run(capsys, "verify", "a.png", "all")
    assert (code, out.count(" undetermined\n"), ".trash" in out, "all/bare" in out) == (0, 3, False, True)
    assert "\nundetermined: all/text.png: expected an image, got a file that starts with b'no image'\n" in out
    assert run(capsys, "verify", "a.png", "all/text.png")[0] == 2


def test_a_name_with_an_end_of_line_stays_in_its_line(letters, capsys):
    (letters / "a.png").rename(letters / "all" / "a\nb.png")
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
def test_a_wrong_request_is_one_message_and_writes_nothing(letters, capsys, words, message):
    before = sorted(letters.rglob("*"))
    model = [] if "--model" in words else ["--model", "net.safetensors"]
    assert main([*shlex.split(words), *model]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("fewshot: ")
    assert message in err
    assert sorted(letters.rglob("*")) == before
