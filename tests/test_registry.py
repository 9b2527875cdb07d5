"""Names, options and plug-ins, all read from the source."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from fewshot.errors import RequestError
from fewshot.registry import KINDS, REQUIRED, add_plugin, entries, find, load, make_part

PLUGIN = '''"""Nothing is learned from this. Or is it?

More about it."""

from fewshot.losses import loss


@loss(similarity="cosine", shot_rule="mean_embedding", revision=3)
def {name}(support, query, similarity, *, margin: float = 0.5, mining: str = "all", weights=(1, 2)):
    return similarity.distance(support.flatten(1, 2), query.flatten(1, 2)).mean() * margin
'''


@pytest.fixture(autouse=True)
def no_plugin_stays(monkeypatch):
    monkeypatch.setattr("fewshot.registry._plugins", {})
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name.startswith("fewshot_plugin"):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path):
    """Writes a plug-in file and returns its path."""

    def write(text: str = PLUGIN, name: str = "flat", suffix: str = ".py") -> Path:
        file = (tmp_path / name).with_suffix(suffix)
        file.write_text(text.replace("{name}", name), encoding="utf-8")
        return file

    return write


def test_parts_are_found_without_torch():
    code = (
        "import sys; from fewshot.registry import KINDS, entries, make_part; "
        "assert all(entries(kind) for kind in KINDS.values()); make_part('losses', 'triplet', {'margin': 2}); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("kind", KINDS.values())
def test_what_the_source_says_is_what_the_import_gives(kind):
    for name, entry in entries(kind).items():
        part = load(kind, name)
        assert (entry.name, entry.kind, part.__name__, part.kind) == (name, kind, name, kind)
        assert entry.summary
        assert {mark: getattr(part, mark) for mark in entry.marks} == entry.marks


def test_an_unknown_name_lists_the_nearest():
    with pytest.raises(
        RequestError, match=r"unknown loss 'tripled': did you mean triplet.*expected one of .*contrastive"
    ):
        find("losses", "tripled")
    with pytest.raises(RequestError, match=r"unknown kind of part 'loss': did you mean losses"):
        entries("loss")


def test_options_are_the_keyword_only_parameters():
    assert find("losses", "triplet").options == {"margin": 1.0, "mining": "all"}
    assert find("similarities", "cosine").options == {"scale": 10.0}
    assert find("similarities", "euclidean").options == {}


def test_a_part_has_all_its_options_and_reals_are_reals():
    part = make_part("losses", "triplet", {"margin": 2})
    assert (part.name, part.options, part.sha256) == ("triplet", {"margin": 2.0, "mining": "all"}, "")
    assert isinstance(part.options["margin"], float)
    assert make_part("backbones", "conv4", {"widths": (8, 8)}).options["widths"] == [8, 8]


@pytest.mark.parametrize(
    ("kind", "name", "options", "message"),
    [
        ("losses", "triplet", {"margins": 1.0}, "unknown option of triplet 'margins': did you mean margin"),
        ("losses", "triplet", {"margin": "1"}, "option margin of triplet: expected float like 1.0, got '1'"),
        ("losses", "triplet", {"margin": True}, "option margin of triplet: expected float like 1.0, got True"),
        ("losses", "triplet", {"mining": 1}, "option mining of triplet: expected str like 'all', got 1"),
        ("backbones", "conv4", {"widths": 64}, r"option widths of conv4: expected list like \(64.*, got 64"),
        ("backbones", "conv4", {"widths": []}, r"option widths of conv4: expected list like \(64.*, got \[\]"),
        ("backbones", "conv4", {"widths": ["64"]}, r"option widths of conv4: expected list like \(64.*, got \['64'\]"),
        ("similarities", "euclidean", {"p": 2}, r"unknown option of euclidean 'p': expected one of \(none\)"),
    ],
)
def test_a_wrong_option_is_refused(kind, name, options, message):
    with pytest.raises(RequestError, match=message):
        make_part(kind, name, options)


def test_a_plug_in_is_added_and_usable(write):
    file = write()
    entry = add_plugin(file)
    assert entries("losses")["flat"] == find("losses", "flat") == entry
    assert entry.summary == "Nothing is learned from this. Or is it?"
    part = make_part("losses", "flat", {"margin": 2})
    assert part.options == {"margin": 2.0, "mining": "all", "weights": [1, 2]}
    assert (part.revision, part.sha256) == (3, hashlib.sha256(file.read_bytes()).hexdigest())
    assert load("losses", "flat").similarity == "cosine"
    assert "triplet" in entries("losses")
    assert add_plugin(file) == entry  # twice is no clash


def test_an_option_without_a_default_must_be_given(write):
    add_plugin(write(PLUGIN.replace("float = 0.5", "float")))
    assert find("losses", "flat").options["margin"] is REQUIRED
    with pytest.raises(RequestError, match="flat needs the option margin"):
        make_part("losses", "flat")
    assert make_part("losses", "flat", {"margin": 1.0}).options["margin"] == 1.0


def test_plug_ins_of_two_kinds_may_share_a_name(write, tmp_path):
    add_plugin(write())
    (tmp_path / "more").mkdir()
    similarity = "from fewshot.similarities import similarity\n\n\n@similarity\nclass flat:\n    '''Flat.'''\n"
    add_plugin(write(similarity, name="more/flat"))
    assert load("losses", "flat").kind == "losses"
    assert load("similarities", "flat").kind == "similarities"


def test_an_edited_plug_in_is_another_part(write):
    first = add_plugin(write())
    second = add_plugin(write(PLUGIN.replace("float = 0.5", "float = 0.7")))
    assert first.sha256 != second.sha256
    assert make_part("losses", "flat").options["margin"] == 0.7
    assert load("losses", "flat").__kwdefaults__["margin"] == 0.7


def test_a_plug_in_may_hold_a_dataclass(write):
    postponed = "from __future__ import annotations\n"
    memory = "\n\nfrom dataclasses import dataclass\n\n\n@dataclass\nclass Memory:\n    size: int\n"
    add_plugin(write(postponed + PLUGIN + memory))
    assert load("losses", "flat").kind == "losses"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("triplet", PLUGIN, r"the name 'triplet' is taken by the package's .*triplet\.py"),
        ("flat", "def flat(:", r"flat\.py, line 1: "),
        ("flat", "import torch\n", r"flat\.py: expected a part called 'flat' under a decorator such as @loss"),
        ("flat", PLUGIN.replace("{name}", "other"), r"flat\.py: expected a part called 'flat'"),
        ("flat", PLUGIN.replace("@loss(", "@wrong("), r"flat\.py: expected a part called 'flat'"),
        ("flat", PLUGIN.replace('"all"', "all([])"), r"flat\.py: .* must be plain values"),
        ("flat", PLUGIN.replace("revision=3", "revision=int(3)"), r"flat\.py: .* must be plain values"),
        ("flat", PLUGIN + "1 / 0\n", r"flat\.py cannot be imported: ZeroDivisionError: division by zero"),
    ],
)
def test_a_faulty_plug_in_is_refused_and_leaves_nothing(write, name, text, message):
    before, modules = entries("losses"), set(sys.modules)
    with pytest.raises(RequestError, match=message):
        add_plugin(write(text, name=name))
    assert entries("losses") == before
    assert not [module for module in set(sys.modules) - modules if module.startswith("fewshot_plugin")]


def test_a_file_that_is_not_there_or_no_python_is_refused(write, tmp_path):
    with pytest.raises(RequestError, match=r"expected a Python file, got: No such file"):
        add_plugin(tmp_path / "absent.py")
    with pytest.raises(RequestError, match=r"flat\.txt.*expected a Python file"):
        add_plugin(write(suffix=".txt"))
