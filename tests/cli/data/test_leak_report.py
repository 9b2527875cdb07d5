from fewshot.evaluation.leakage import Audit
from fewshot.evaluation.leakage.draws import Sample
from fewshot.evaluation.leakage.duplicates import Place
from fewshot.evaluation.leakage.overlaps import Elsewhere
from fewshot.protocols import load_protocol

PLUGINS = ("--plugin", "dots.py", "--plugin", "own_split.py")


def test_a_sound_protocol_of_ones_own(leaks):
    code, lines, err = leaks("own-split", *PLUGINS)
    assert (code, err) == (0, "")
    assert lines[0] == "protocol own_split of dots: revision 1, seed 1"
    rows = [line.split("  ") for line in lines]
    rows = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    assert ["test", "3-way 1-shot", "one group, other authors", "30", "180", "4 of 4", "1 of 1", "9 of 9"] in [
        row[:8] for row in rows
    ]
    assert ["train and test", "none", "none", "9 (a … i)"] in rows
    assert lines[-1].startswith("No finding")


def test_a_leak_is_printed_and_is_code_1(leaks):
    code, lines, _ = leaks("own_split", *PLUGINS, leaky=True)
    assert code == 1
    assert lines[-2:] == [
        "1 FINDING:",
        "  ! images that stand in train and test: 9, such as train/A/1 (train) = test/A/1 (test)",
    ]
    assert "  train/A/9 (train) = test/A/9 (test)" in lines
    assert "same to the pixel, in full size, turns aside (train 36, val 36, test 36): 9" in "\n".join(lines)


def test_what_is_left_out_turned_and_learned_of_others_is_printed(leaks, monkeypatch):
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
    code, lines, _ = leaks("vinyals")
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
