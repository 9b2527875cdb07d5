import subprocess
import sys

import pytest

from fewshot.cli import main

TINY = ["--steps", "2", "--set", "training.val_every=1", "--set", "training.warmup=0"]


@pytest.fixture
def fewshot(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)
    monkeypatch.setattr("fewshot.registry._plugins", {})

    def run(*arguments):
        try:
            code = main(arguments)
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, *capsys.readouterr()

    return run


def test_list_names_every_part_and_suite(fewshot):
    code, out, _ = fewshot("list")
    assert code == 0
    for name in ("omniglot", "typefaces", "lake", "conv4", "weighted_l1", "triplet", "hausdorff", "quickstart"):
        assert f"  {name} " in out
    assert "margin = 1.0" in fewshot("list", "losses", "--detail")[1]


def test_a_dry_run_prints_the_plan_and_writes_nothing(fewshot, tmp_path):
    code, out, _ = fewshot("run", "quickstart", "--dry-run")
    assert code == 0
    assert "5 cells, 0 of them recorded" in out
    assert "triplet, euclidean, conv4, seed 0" in out
    assert not list(tmp_path.iterdir())


def test_run_writes_records_prints_the_table_and_does_nothing_twice(fewshot, tmp_path):
    wanted = ["quickstart", *TINY, "--only", "loss=triplet", "--stage", "val"]
    code, out, _ = fewshot("run", *wanted)
    assert code == 0
    assert "20-way 1-shot (n = 300)" in out
    (record,) = (tmp_path / "results" / "runs").rglob("*.json")
    before = record.read_bytes()
    code, again, _ = fewshot("run", *wanted)
    assert "1 cells, 1 of them recorded" in again
    assert record.read_bytes() == before
    assert fewshot("table", *wanted)[1] in again
    assert not list((tmp_path / "results").rglob("*.pt"))


def test_a_loss_that_is_no_longer_finite_fails_its_cell_only(fewshot):
    wanted = ["quickstart", *TINY, "--only", "loss=triplet", "--only", "loss=broken", "--stage", "val"]
    with open("broken.py", "w") as file:
        file.write(
            '"""Not a number."""\n\nfrom fewshot.losses import loss\n\n\n@loss(similarity="cosine")\n'
            'def broken(support, query, similarity):\n    return support.sum() * float("nan")\n'
        )
    code, out, _ = fewshot("run", *wanted, "--plugin", "broken.py", "--set", "losses+=broken")
    assert code == 1
    assert "failed: NotFinite" in out
    assert "triplet" in out


def test_a_plugin_that_raises_fails_its_cell_with_the_reason(fewshot):
    with open("wrong.py", "w") as file:
        file.write(
            '"""Wrong."""\n\nfrom fewshot.losses import loss\n\n\n@loss(similarity="cosine")\n'
            "def wrong(support, query):\n    return support.sum()\n"
        )
    wanted = ["quickstart", *TINY, "--stage", "val", "--plugin", "wrong.py", "--set", "losses+=wrong"]
    code, out, err = fewshot("run", *wanted, "--only", "loss=wrong")
    assert code == 1
    assert "failed: TypeError: wrong() takes 2 positional arguments but 3 were given" in out
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "quickstrat"], "did you mean quickstart"),
        (["run", "quickstart", "--only", "loss=tripplet"], "did you mean triplet"),
        (["run", "quickstart", "--set", "training.stepz=5"], "did you mean steps"),
        (["run", "quickstart", "--device", "cuda:99"], "expected one of auto"),
        (["run", "quickstart", "--device", "abacus"], "expected one of auto"),
        (["run", "quickstart", "--results", "taken"], "expected a folder that can be written"),
        (["run", "quickstart", "--data", "nowhere"], "--data: expected a folder"),
        (["run", "quickstart", "--plugin", "none.py"], "expected a Python file"),
        (["run", "quickstart", "--set", "training.task.way=2000"], "tasks need 2000 classes"),
        (["run", "quickstart", "--set", "training.task.shot=500"], "500-shot tasks with 4 queries need"),
        (["run", "quickstart", "--set", "size=8"], "images of at least 16 px, got 8"),
        (["table", "nothing.toml"], "expected a TOML file"),
        (["data", "omniglott"], "did you mean omniglot"),
        (["run", "quickstart", "--steps", "0"], "whole number of at least 1"),
        (["fly"], "invalid choice"),
    ],
)
def test_a_wrong_request_is_one_message_and_code_2(fewshot, arguments, message, tmp_path):
    (tmp_path / "taken").touch()
    code, _, err = fewshot(*arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "results" / "runs").exists()


def test_data_says_what_is_here(fewshot, tmp_path):
    code, out, _ = fewshot("data")
    assert code == 0
    assert "omniglot: images_background not here" in out
    assert "typefaces: 1,2" in out


def test_help_and_table_do_not_wait_for_torch(tmp_path):
    probe = "import sys; from fewshot.cli import main; main(sys.argv[1:]); assert 'torch' not in sys.modules"
    for arguments in (["list"], ["table", "quickstart"]):
        subprocess.run([sys.executable, "-c", probe, *arguments], check=True, cwd=tmp_path, capture_output=True)
