"""Work is never lost: runs that are killed, starved of disk or stopped end with the numbers of an undisturbed one.

The runs are real processes, forked from one that has imported everything and computed nothing yet.
"""

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fewshot.records.stored.text import read_record

RUN = ["run", "quickstart", "--stage", "val", "--steps", "6", "--only", "loss=triplet", "--only", "loss=contrastive"]
RUN += ["--set", "training.val_every=2", "--set", "training.warmup=0", "--set", "size=16", "--device", "cpu"]
RUN += ["--set", "options.conv4.widths=[8, 8, 8, 8]"]

FORK = """
import json, os, signal, sys, time
from pathlib import Path
import torch
import filelock, matplotlib.ft2font, PIL.ImageFont, scipy.special, tqdm
import fewshot.execution.suite_run, fewshot.models.backbones.conv4, fewshot.models.similarities.euclidean
import fewshot.protocols.scripts
import fewshot.cli.run, fewshot.conformance, fewshot.data.datasets, fewshot.execution.estimate
import fewshot.core.files, fewshot.execution.attempt, fewshot.execution.run, fewshot.execution.workers
import fewshot.training.batches
from fewshot.cli.main import main
from fewshot.registry.lookup import load

torch.set_num_threads(1)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
PARTS = (("datasets", "typefaces"), ("losses", "triplet"), ("losses", "contrastive"), ("learners", "siamese"))
for kind, name in PARTS:
    load(kind, name)
fewshot.execution.estimate.step_seconds = lambda *given: 0.01
run_cell = fewshot.execution.attempt.run_cell


def logged(spec, context):
    with open(f"{context.results.name}.log", "a") as log:
        log.write(f"{spec.id}\\n")
    return run_cell(spec, context)


fewshot.execution.attempt.run_cell = logged


def die_at(place, number, how="SIGKILL"):
    "A signal at the number-th call of a function: before it, or after it where its name begins with a dash."
    after, place = place.startswith("-"), place.removeprefix("-")
    owner, name = {"step": (fewshot.training.batches, "gather"), "sync": (fewshot.core.files.os, "fsync"),
                   "rename": (Path, "replace"), "evaluation": (fewshot.execution.run, "measure")}[place]
    real, calls = getattr(owner, name), iter(range(1, 10**6))

    def hooked(*values, **named):
        if name == "replace" and "run-" in values[0].name:  # the trace of a command, which is of no record
            return real(*values, **named)
        if (this := next(calls)) == number and not after:
            os.kill(os.getpid(), getattr(signal, how))
        found = real(*values, **named)
        if this == number and after:
            os.kill(os.getpid(), getattr(signal, how))
        return found

    setattr(owner, name, hooked)


def start(arguments, death):
    if child := os.fork():
        return child
    try:
        sys.stdout = sys.stderr = open(os.devnull, "w")
        if death:
            die_at(*death)
        code = main(arguments)
        os._exit(98 if "torch._dynamo" in sys.modules else code)  # torch's compiler loads for seconds, for nothing
    finally:
        os._exit(99)


ends = []
for together in json.loads(sys.argv[1]):
    children = []
    for arguments, death in together:
        children.append(start(arguments, death))
        begun, late = Path(f"{Path(arguments[-1]).name}.log"), time.monotonic() + 60
        while death and len(together) > 1 and not begun.exists() and time.monotonic() < late:
            time.sleep(0.01)  # whoever is to die has a cell before another can take them all
    ends.append([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
print(json.dumps(ends))
"""


@pytest.fixture(scope="module")
def runs(once) -> Path:
    """A folder in which all `RUNS` were made, one group after the other; `ends.json` holds their exit codes."""

    def run_in(folder: Path) -> None:
        groups = [group for groups in RUNS.values() for group in groups]
        code = [sys.executable, "-c", FORK, json.dumps(groups)]
        done = subprocess.run(code, capture_output=True, text=True, cwd=folder, check=False)
        assert done.returncode == 0, done.stderr
        (folder / "ends.json").write_text(done.stdout)

    return once("crashes", run_in)


def ends_of(runs: Path, name: str) -> list[list[int]]:
    """The exit codes of the groups of a name."""
    before = sum(len(groups) for groups in [*RUNS.values()][: [*RUNS].index(name)])
    return json.loads((runs / "ends.json").read_text())[before:][: len(RUNS[name])]


def wanted(results: str) -> list[str]:
    return [*RUN, "--results", results]


def records(results: Path) -> dict[str, dict]:
    """The records of a results folder without their facts."""
    found = {file.stem: read_record(file).plain() for file in (results / "runs").rglob("*.json")}
    assert len({record["facts"]["commit"] for record in found.values()}) == 1
    return {name: record | {"facts": None} for name, record in found.items()}


def leftovers(results: Path) -> list[Path]:
    return [file for file in results.rglob("*") if file.is_file() and file.suffix not in (".json", ".md", ".csv")]


MOMENTS = [
    ("step", 1),  # before any checkpoint
    ("sync", 1),  # the first checkpoint is a draft
    ("rename", 1),  # … that is synced
    ("step", 4),
    ("-rename", 1),  # a checkpoint has just got its name
    ("evaluation", 1),  # all steps are done
    ("rename", 1),  # the record is a draft
    ("-rename", 1),  # the record has just got its name, its checkpoint is still there
    ("step", 6),  # the next cell
    ("-sync", 3),  # its record is synced, but has no name yet
]


RUNS = {  # groups of runs: those of a group together
    "whole": [[(wanted("whole"), None)]],
    "killed": [*([(wanted("killed"), moment)] for moment in MOMENTS), [(wanted("killed"), None)]],
    "stopped": [[(wanted("stopped"), death)] for death in (("step", 4, "SIGINT"), ("evaluation", 1, "SIGINT"), None)],
    "shared": [[(wanted("shared"), None), (wanted("shared"), None)]],
    "orphaned": [[(wanted("orphaned"), ("step", 3)), (wanted("orphaned"), None)]],
}


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("killed", [*([-9] for _ in MOMENTS), [0]]),
        ("stopped", [[130], [130], [0]]),  # by Ctrl-C
        ("shared", [[0, 0]]),  # two runs on one folder
        ("orphaned", [[-9, 0]]),
    ],
)
def test_whatever_befalls_runs_they_end_with_the_records_of_an_undisturbed_one(runs, name, ends):
    assert ends_of(runs, name) == ends
    assert records(runs / name) == records(runs / "whole")
    assert len(records(runs / "whole")) == 2
    assert not leftovers(runs / name)


def test_two_runs_on_one_folder_compute_no_cell_twice(runs):
    assert sorted((runs / "shared.log").read_text().split()) == sorted(records(runs / "whole"))


def test_a_full_disk_is_one_message_and_the_next_run_goes_on(runs, tmp_path, monkeypatch, capsys):
    from fewshot.cli.main import main

    calls = iter(range(10**6))

    def full(*_) -> None:
        if next(calls) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.chdir(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr("fewshot.core.files.os.fsync", full)
        assert main(wanted("full")) == 2
    message = capsys.readouterr().err
    assert re.search("No space left on device: '.*'; what is recorded is kept", message)
    assert not list((tmp_path / "full").rglob("*.draft"))
    assert list((tmp_path / "full" / "unfinished").glob("*.pt"))
    assert main(wanted("full")) == 0
    assert records(tmp_path / "full") == records(runs / "whole")
