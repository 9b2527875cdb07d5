import json
import os
from pathlib import Path

import pytest

from fewshot.verification.verifier import Verifier


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
def test_probes_have_candidates_or_nobody(gallery, words, code, rows):
    found, out, err = gallery(f"identify {words}")
    lines = out.splitlines()
    assert (found, err) == (code, "")
    assert lines[0].split() == ["probe", "rank", "identity", "score", "probability"]
    assert lines[1 + rows].startswith("2 identities, threshold ")
    outcome = {0: "a", 3: "nobody", 4: "undetermined"}[code]
    assert lines[1].split()[2] == outcome
    plain = json.loads(gallery(f"identify {words} --json")[1])
    assert sum(max(1, len(one["candidates"])) for one in plain["probes"]) == rows


def test_the_default_threshold_is_that_of_fmr_1_per_cent(gallery):
    assert "(fmr=0.01, chosen on val" in gallery("identify a/0.png")[1]


def test_the_share_of_strangers_that_pass_grows_with_the_gallery(gallery):
    for fmr, share in ((0.01, "2.0"), (0.001, "0.2")):
        assert f"about {share} % of strangers have a candidate" in gallery(f"identify a/0.png --at fmr={fmr}")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--top 0", "top: expected a number of at least 1"),
        ("--prior 1", "prior: expected a probability"),
        ("--at fmr=3", "unknown threshold"),
    ],
)
def test_a_wrong_request_is_one_message_before_any_image_is_embedded(refused, words, message, monkeypatch):
    monkeypatch.setattr(Verifier, "templates", None)
    assert message in refused(f"identify a/0.png {words}")


@pytest.mark.parametrize("words", ["identify a/0.png", "enrol c c/0.png", "gallery list", "gallery check"])
def test_a_damaged_gallery_is_one_message(gallery, words):
    content = Path("g").read_bytes()
    Path("g").write_bytes(content[:100] + b"\xff" * 4000 + content[4100:])
    code, out, err = gallery(words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "damaged" in err
    Path("g").unlink()
    os.mkfifo("g")
    assert gallery(words)[0] == 2
