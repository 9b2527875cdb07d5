"""`fewshot measure`, as a user types it."""

import json
from dataclasses import replace

import pytest

from fewshot.cli.main import main
from fewshot.core.statistics.operating_points import choose
from fewshot.records.answers import PairClasses, PairList
from fewshot.records.store import record_file, write_record
from fewshot.records.stored.text import read_record
from fewshot.reporting.table import make_table
from fewshot.suites.suite import read_suite


@pytest.fixture
def file(make_record, tmp_path):
    """The file of a record with identities and points."""
    made = make_record(read_suite("quickstart").only(["loss=triplet"]).specs[0])
    classes = tuple(f"{script}/{letter}" for script in "ABCDEF" for letter in "xyz")
    pairs = PairClasses(
        [number % 18 for number in range(50)], [(number % 18, (number + 5) % 18) for number in range(50)]
    )
    notes = PairList((), (*["genuine"] * 50, *["forged", "random"] * 25), {"same": 3, "different": 2})
    chosen = vars(choose(made.same[:20], made.different[:20]))
    record = replace(made, classes=classes, pair_classes=pairs, pair_list=notes, **chosen)
    file = record_file(tmp_path, "quickstart", record.spec)
    write_record(record, file)
    return file


def printed(capsys, *arguments: object) -> str:
    assert main(["measure", *map(str, arguments)]) == 0
    return capsys.readouterr().out


def test_exported_scores_reproduce_the_figures_of_the_record_and_of_its_table(file, tmp_path, capsys):
    whole = printed(capsys, file, "--export", tmp_path / "scores.csv").splitlines()
    by_id = file.stem, "--results", tmp_path
    assert printed(capsys, *by_id).splitlines() == whole
    again = printed(capsys, tmp_path / "scores.csv", "--choose", *by_id).splitlines()
    figures = [line for line in whole if line.startswith("all")]
    assert len(figures) == 2 + 4  # of forged and of random pairs, which are never counted together; and points
    assert [line for line in again if line.startswith("all")] == figures
    below = make_table("", "", [read_record(file)], columns=("task", "verification")).below
    blocks = [block for block in below if block.caption == "Verification"]
    assert len(blocks) == 2  # of curves, and of points
    for line in (line for block in blocks for line in block.lines):
        assert any(all(cell in shown for cell in line[1:]) for shown in figures)


def test_thresholds_are_chosen_on_another_file(tmp_path, capsys):
    (tmp_path / "val.csv").write_text("score,same\n2,1\n3,1\n0,0\n1,0\n")
    (tmp_path / "test.csv").write_text("score,same\n2,1\n1,1\n,1\n0,0\n2,0\n")
    found = json.loads(printed(capsys, tmp_path / "test.csv", "--choose", tmp_path / "val.csv", "--json"))
    eer = found["all"]["points"]["eer"]
    assert (eer["threshold"], eer["fmr"]["errors"], eer["fnmr"]["errors"]) == (1.5, 1, 2)
    assert (found["chosen_on"], found["all"]["pairs"]) == ("val.csv", [3, 2])
    assert "points" in printed(capsys, tmp_path / "test.csv", "--choose", tmp_path / "val.csv")
    assert json.loads(printed(capsys, tmp_path / "test.csv", "--json"))["all"]["points"] == {}


def test_thresholds_chosen_on_a_file_stand_between_scores_that_differ_in_the_tenth_digit(tmp_path, capsys):
    file = tmp_path / "scores.csv"
    scores = [(1 - step * number, same) for step, same in ((1e-11, 1), (1e-10, 0)) for number in range(1, 5)]
    file.write_text("score,same\n" + "".join(f"{score!r},{same}\n" for score, same in scores))
    found = json.loads(printed(capsys, file, "--choose", file, "--json"))["all"]["points"]["eer"]
    assert (found["fmr"]["value"], found["fnmr"]["value"]) == (0, 0)


def test_a_role_of_failures_alone_has_rates_and_no_costs(tmp_path, capsys):
    file = tmp_path / "scores.csv"
    file.write_text("score,same,role\n2,1,\n3,1,\n0,0,near\n,0,far\n")
    found = json.loads(printed(capsys, file, "--choose", file, "--json"))
    assert "minCllr" in found["all"]["figures"]
    assert not {"Cllr", "minCllr", "calibration error"} & {*found["all, far"]["figures"]}
    assert found["all, far"]["points"]["eer"]["fmr"]["value"] == 0
    assert printed(capsys, file, "--choose", file).count("all, far") == 1


@pytest.mark.parametrize("axes", ["det", "roc"])
def test_it_draws(file, tmp_path, capsys, axes):
    printed(capsys, file, "--figure", tmp_path / "curve.png", "--axes", axes)
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.csv"], "none.csv: expected a CSV of scores, got: No such file"),
        (["one.csv"], "one.csv: expected pairs of both kinds"),
        (["good.csv", "--choose", "one.csv"], "one.csv: expected pairs of both kinds"),
        (["good.csv", "--figure", "curve.gif"], "unknown form of --figure '.gif'"),
        (["good.csv", "--export", "out.csv"], "expected a record ID.json to export, got good.csv"),
        (["0123456789ab", "--results", "."], "record 0123456789ab: expected one in runs, found none"),
        (["good.csv", "--figure", "good.csv/curve.png"], "expected a file that can be written, got: Not a directory"),
        (["good.csv", "--choose", "none.json"], "none.json: expected a run's record"),
    ],
)
def test_a_wrong_request_is_one_message_and_writes_nothing(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.csv").write_text("score,same\n1,1\n0,0\n")
    (tmp_path / "one.csv").write_text("score,same\n1,1\n")
    assert main(["measure", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert len(list(tmp_path.iterdir())) == 2
