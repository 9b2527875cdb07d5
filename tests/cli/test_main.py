import json
import re
import signal

import pytest

from fewshot.cli.main import main

TINY = ["--steps", "2", "--set", "training.val_every=1", "--set", "training.warmup=0"]
TINY += ["--set", "size=16", "--set", "options.conv4.widths=[8, 8, 8, 8]"]


@pytest.fixture
def fewshot(capsys, monkeypatch, tmp_path):
    """Run the command line in an empty folder: exit code, standard output, standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)

    def run(*arguments):
        try:
            code = main(arguments)
        except SystemExit as stop:  # argparse
            code = stop.code
        return code, *capsys.readouterr()

    return run


def test_a_dry_run_prints_the_plan_and_writes_nothing(fewshot, tmp_path):
    code, out, _ = fewshot("run", "quickstart", "--dry-run")
    assert re.search(r"^about [0-9.]+ [MG]iB of memory, [0-9]+ MiB of it images$", out, re.MULTILINE)
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
    assert "nothing is computed: the table is of the records in results; --results mine computes anew" in again
    assert record.read_bytes() == before
    assert fewshot("table", *wanted)[1] in again
    assert not list((tmp_path / "results").rglob("*.pt"))


LOSS = """
from fewshot import loss


@loss(similarity="cosine")
def {name}(support, query, similarity):
    \"\"\"The mean distance.\"\"\"
    {line}
    return similarity.distance(query.mean(2), support.mean(2)).diagonal(0, 1, 2).mean()
"""


def plug_in(name: str, line: str) -> list[str]:
    """Write a loss that does this line first; the arguments for a run of it and of triplet."""
    with open(f"{name}.py", "w") as file:
        file.write(LOSS.format(name=name, line=line))
    wanted = ["quickstart", *TINY, "--only", "loss=triplet", "--only", f"loss={name}", "--stage", "val"]
    return [*wanted, "--add", f"{name}.py"]


def test_a_loss_that_is_no_longer_finite_fails_its_cell_only(fewshot, tmp_path):
    wanted = plug_in("drifting", "support = support * float('nan' if support.shape[1] == 20 else 1)")
    code, out, err = fewshot("run", *wanted)
    assert code == 1
    assert "failed: NotFinite: the loss is no longer finite" in " ".join(out.split())
    assert "Traceback" not in err
    (record,) = (tmp_path / "results" / "runs").rglob("*.json")
    assert record.parent.name == "triplet"
    assert "failed: NotFinite" in " ".join(fewshot("table", *wanted)[1].split())
    assert "tried again" in fewshot("run", *wanted, "--dry-run")[1]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("assert support.shape[1] < 20, 'too many'", "AssertionError: too many"),
        ("if support.shape[1] == 20: raise SystemExit(0)", "SystemExit: 0, which ends the process"),
        ("if support.shape[1] == 20: __import__('os')._exit(0)", "SystemExit: os._exit(0), which ends the process"),
    ],
)
def test_a_plugin_that_raises_fails_its_cell_with_its_line(fewshot, line, reason):
    code, out, err = fewshot("run", *plug_in("raising", line))
    assert code == 1
    assert f"failed: raising.py, line 8: {reason}" in " ".join(out.split())
    assert "Traceback" not in err


def test_a_plugin_that_exits_when_it_is_imported_is_refused(fewshot, tmp_path):
    (tmp_path / "leaving.py").write_text(LOSS.format(name="leaving", line="pass") + "\n\nraise SystemExit(0)\n")
    code, _, err = fewshot("run", "quickstart", "--add", "leaving.py")
    assert code == 2
    assert "plug-in leaving.py, line 12, cannot be imported: SystemExit: 0, which ends the process" in err


@pytest.mark.parametrize(("command", "more"), [("table", ""), ("run", "; what is recorded is kept, and the same comm")])
def test_ctrl_c_speaks_of_what_is_kept_where_something_is(fewshot, monkeypatch, tmp_path, command, more):
    (tmp_path / "results").mkdir()
    monkeypatch.setattr("fewshot.suites.request.read_suite", lambda *_, **__: signal.raise_signal(signal.SIGINT))
    code, _, err = fewshot(command, "quickstart")
    assert code == 130
    assert err.startswith(f"\nfewshot: stopped{more}")
    assert bool(more) == ("checkpoint" in err)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("raise KeyError('oh')", "KeyError: 'oh'"),
        ("return float(support.sum())", "checking the return value"),  # by jaxtyping, which checks in tests alone
        ("return support.sum(0)", "given supports [2 5 3 7]"),
        ("return support.sum() * float('nan')", "finite"),
        ("return support.detach().sum()", "gradient"),
        ("raise SystemExit(0)", "line 8: SystemExit: 0, which ends the process"),
        ("raise KeyboardInterrupt", "line 8: KeyboardInterrupt, which ends the process"),
    ],
)
def test_a_loss_that_breaks_its_promises_is_refused_before_anything_runs(fewshot, tmp_path, line, message):
    code, _, err = fewshot("run", *plug_in("broken", line))
    assert code == 2
    assert "plug-in broken.py" in err
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "results" / "runs").exists()
    assert fewshot("check", "plugin", "broken.py")[0] == 2


def test_an_edited_plugin_makes_new_cells_and_a_newcomer_is_compared(fewshot, tmp_path):
    wanted = plug_in("mine", "pass")
    assert fewshot("run", *wanted)[0] == 0
    code, out, _ = fewshot("run", *plug_in("mine", "support = 2 * support"))
    assert code == 0
    assert "2 cells, 1 of them recorded" in out
    assert "mine − triplet (the best other trained row): " in " ".join(out.split())
    assert len(list((tmp_path / "results" / "runs").rglob("*.json"))) == 3


def test_a_search_runs_on_val_and_its_choice_stands_in_the_cell(fewshot, tmp_path):
    wanted = ["quickstart", "--steps", "3", "--set", "training.val_every=1", "--set", "training.warmup=0"]
    wanted += ["--set", "search.learning_rate=[0.001, 0.01]", "--only", "loss=triplet", "--set", "size=16"]
    wanted += ["--set", "options.conv4.widths=[8, 8, 8, 8]"]
    code, out, _ = fewshot("run", *wanted, "--seeds", "2")
    assert code == 0
    assert "2 runs on val to search by, 0 of them recorded" in out
    plain = [json.loads(file.read_text())["spec"] for file in (tmp_path / "results" / "runs").rglob("*.json")]
    searched = [spec for spec in plain if spec["stage"] == "val"]
    cells = [spec for spec in plain if spec["stage"] == "test"]
    assert [(spec["training"]["steps"], spec["seed"]) for spec in searched] == [(1, 0), (1, 0)]
    assert sorted(spec["seed"] for spec in cells) == [0, 1]
    assert len({spec["training"]["learning_rate"] for spec in cells}) == 1
    assert "2 cells, 2 of them recorded" in fewshot("run", *wanted, "--seeds", "2")[1]


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
        (["run", "quickstart", "--set", "size=8"], "images of at least 16 px for 4 poolings, got 8"),
        (["table", "nothing.toml"], "expected a TOML file"),
        (["data", "verify", "omniglott"], "did you mean omniglot"),
        (["run", "quickstart", "--steps", "0"], "whole number of at least 1"),
        (["fly"], "unknown choice 'fly': expected one of check"),
        (["lsit"], "did you mean list"),
        (["run", "quickstart", "--seed", "3"], "unrecognized arguments: --seed 3; did you mean --seeds?"),
    ],
)
def test_a_wrong_request_is_one_message_and_code_2(fewshot, arguments, message, tmp_path):
    (tmp_path / "taken").touch()
    code, _, err = fewshot(*arguments)
    assert code == 2
    assert message in err
    assert "Traceback" not in err
    assert not (tmp_path / "results" / "runs").exists()
