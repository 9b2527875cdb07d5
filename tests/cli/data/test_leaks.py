"""`fewshot data leaks`: of a made-up protocol and data set, sound and leaky, and what it refuses."""

import pytest

from fewshot.cli.main import main
from fewshot.evaluation.leakage import Audit
from fewshot.evaluation.leakage.draws import Sample
from fewshot.evaluation.leakage.duplicates import Place
from fewshot.evaluation.leakage.overlaps import Elsewhere
from fewshot.protocols import load_protocol

DOTS = '''"""Noise."""

import numpy as np

from fewshot.data.bank import make_bank
from fewshot import dataset


@dataset()
def dots(classes, size, folders):
    """Nine images a class by as many people."""
    side = size or 8
    number = np.arange(len(classes))
    draw = [np.random.default_rng([ord(name[-1]), 0]) for name in classes]
    pixels = np.concatenate([one.integers(0, 256, (9, 1, side, side)) for one in draw]).astype(np.uint8)
    return make_bank(
        pixels, np.repeat(number, 9), np.repeat(0 * number, 9), np.tile(np.arange(9), len(number)),
        classes=tuple(classes), groups=(classes[0].split("/")[0],), authors=tuple("abcdefghi"),
    )
'''
OWN = '''"""Three times four classes."""

from fewshot.protocols import Episodes, Protocol, protocol
from fewshot.core.recipe import TaskShape


@protocol
def own_split():
    """One group a split."""
    tasks = (Episodes(TaskShape(3, 1, 2), 30, within_group=True, other_authors=True),)
    names = {"train": "ABCD", "val": "EFGH", "test": "IJKL"}
    classes = {split: tuple(f"{split}/{letter}" for letter in letters) for split, letters in names.items()}
    return Protocol("own_split", "dots", classes, val=tasks, test=tasks, pairs=10, seed=1)
'''


@pytest.fixture
def fewshot(capsys, monkeypatch, tmp_path):
    """Runs a command in a folder with both plug-ins: exit code, lines, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)

    def run(*arguments, leaky=False):
        (tmp_path / "dots.py").write_text(DOTS)
        # With the leak, classes A and I, of train and test, have the same images.
        (tmp_path / "own_split.py").write_text(OWN.replace('"IJKL"', '"AJKL"') if leaky else OWN)
        code = main(["data", "leaks", *arguments])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return run


PLUGINS = ("--plugin", "dots.py", "--plugin", "own_split.py")


def test_a_sound_protocol_of_ones_own(fewshot):
    code, lines, err = fewshot("own-split", *PLUGINS)
    assert (code, err) == (0, "")
    assert lines[0] == "protocol own_split of dots: revision 1, seed 1"
    rows = [line.split("  ") for line in lines]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert ["test", "3-way 1-shot", "one group, other authors", "30", "180", "4 of 4", "1 of 1", "9 of 9"] in [
        row[:8] for row in rows
    ]
    assert ["train and test", "none", "none", "9 (a … i)"] in rows
    assert lines[-1].startswith("No finding")


def test_a_leak_is_printed_and_is_code_1(fewshot):
    code, lines, _ = fewshot("own_split", *PLUGINS, leaky=True)
    assert code == 1
    assert lines[-2:] == [
        "1 FINDING:",
        "  ! images that stand in train and test: 9, such as train/A/1 (train) = test/A/1 (test)",
    ]
    assert "  train/A/9 (train) = test/A/9 (test)" in lines
    assert "same to the pixel, in full size, turns aside (train 36, val 36, test 36): 9" in "\n".join(lines)


def test_what_is_left_out_turned_and_learned_of_others_is_printed(fewshot, monkeypatch):
    sample = Sample(
        "test", "20-way 1-shot", "one group", 5, 100, ("A/1",), ("A",), ("01",), 200, (30, 3, 2, 600),
        {"B": "9 classes, few", "C": "9 classes, few"}, 4, (),
    )  # fmt: skip
    others = (
        Elsewhere("lake", 659, 200, {"train": (0, 0), "train+val": (36, 7)}),
        Elsewhere("koch", 382, 200, {"train": (1, 0), "train+val": (1, 0)}),
    )
    alike = tuple(Place("train", "Braille/character01", f"Braille/character01/{n:02d}.png") for n in range(20))
    across = (Place("train", "A/1", "A/1/a.png"), Place("test", "T/1", "T/1/b.png"))
    damaged = {"val": tuple(f"V/{number}.png: an empty file" for number in range(30))}
    doubles = (alike, *[alike[:2]] * 12, across)
    audit = Audit(load_protocol("vinyals"), (sample,), (), others, {"train": 40}, doubles, damaged=damaged)
    monkeypatch.setattr("fewshot.cli.data.leak_report.audit_protocol", lambda protocol, folders, dataset: audit)
    code, lines, _ = fewshot("vinyals")
    assert code == 1
    for shown in (
        "1 of 30  1 of 3  1 of 2   200 of 600  4",
        "  groups left out of test 20-way 1-shot: B, C (9 classes, few)",
        "36 of 659 (in its tasks 7 of 200)  refused after train+val",
        "1 of 382 (in its tasks 0 of 200)   refused after train or train+val",
        "(train 40): 14",
        "  Braille/character01/00.png (train) = Braille/character01/01.png (train)",
        "Braille/character01/11.png (train) = … and 8 more",
        "  … and 2 more",
        "Damaged images left out of val: 30",
        "  V/11.png: an empty file",
        "  – images that stand twice in a class of train: 13, such as Braille/character01/00.png (train) = "
        "Braille/character01/19.png (train)",
        "  – damaged images left out of val: 30, such as V/0.png: an empty file",
        "  … and 18 more",
    ):
        assert any(line.endswith(shown) for line in lines), shown
    first = next(number for number, line in enumerate(lines) if line.startswith("Images that are the same"))
    assert lines[first + 1] == "  A/1/a.png (train) = T/1/b.png (test)"  # a fault stands before what is none


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lakes"], "unknown protocol 'lakes': did you mean lake"),
        (["lake-smal1"], "did you mean lake_small1"),
        (["lake", "--dataset", "typefaces"], "protocol lake: expected data set omniglot, got typefaces"),
        (["own_split", "--plugin", "absent.py"], "plug-in absent.py: expected a Python file"),
    ],
)
def test_what_cannot_be_audited_is_one_message_and_code_2(fewshot, arguments, message):
    code, lines, err = fewshot(*arguments)
    assert (code, lines) == (2, [])
    assert message in err
    assert err.count("\n") == 1


PEOPLE = ("held_out", "--dataset", "folder:people", "--split", "0.5/0.25/0.25", "--set", "way=3", "--set", "query=2")


def test_a_users_folder_is_looked_into_with_the_options_that_are_given(capsys, photographs):
    code = main(["data", "leaks", *PEOPLE, "--set", "shots=[1]", "--set", "channels=1", "--data", str(photographs)])
    out = capsys.readouterr().out
    assert code == 0
    assert "protocol held_out of folder:people: revision 1" in out
    assert "at 64 px, turns aside (train 30, val 15, test 15): none" in out
    assert "No finding" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["held_out"], "protocol held_out is of the data set's own split: expected --dataset folder:PATH"),
        (["held_out", "--dataset", "typefaces"], "needs a data set with a split of its own: expected "),
        (
            [*PEOPLE, "--set", "wya=3"],
            "--set wya=3: unknown option of held_out or folder:people 'wya': did you mean way",
        ),
        ([*PEOPLE, "--set", "way"], "--set way: expected KEY=VALUE"),
        ([*PEOPLE[:-1], "query=9"], "need 14 images a class"),
        ([*PEOPLE, "--set", "split=0.2/0.2/0.6"], "--split: expected each option once, got split twice"),
        (
            ["lake", "--split", "0.6/0.2/0.2"],
            "--split: unknown option of lake or omniglot 'split'",
        ),
        (["held_out", "--dataset", "folder:people"], "or the option split"),
        (["held_out", "--dataset", "folder:none"], "folder:none: expected a folder or zip file none in"),
    ],
)
def test_what_of_a_users_folder_cannot_be_looked_into_is_one_message(capsys, photographs, arguments, message):
    code = main(["data", "leaks", *arguments, "--data", str(photographs)])
    err = capsys.readouterr().err
    assert code == 2
    assert message in err
    assert err.count("\n") == 1
