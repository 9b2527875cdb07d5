"""`paper_figures/make.py` redraws the figures that are there, from the results beside its folder."""

import subprocess
import sys
from pathlib import Path

from fewshot.records.store import record_file, write_record
from fewshot.suites.suite import read_suite

SCRIPT = Path(__file__).parents[3] / "paper_figures" / "make.py"


def test_the_figures_that_are_there_are_drawn_again(make_record, tmp_path):
    (script := tmp_path / "paper_figures" / "make.py").parent.mkdir()
    script.write_bytes(SCRIPT.read_bytes())
    (spec,) = read_suite("quickstart").only(["learner=pixels"]).specs
    write_record(make_record(spec), record_file(tmp_path / "results", "quickstart", spec))

    def make(*names: str) -> subprocess.CompletedProcess:
        command = [sys.executable, str(script), *names]
        return subprocess.run(command, capture_output=True, text=True, cwd=SCRIPT.parents[1], check=False)

    assert make("quickstrat").stderr.startswith("make.py: unknown suite 'quickstrat': did you mean quickstart")
    assert make("quickstart").returncode == 0
    side, other = (script.parent / "quickstart" / f"{name}.json" for name in ("roc", "accuracy"))
    side.write_text("{}")
    other.unlink()
    again = make()
    assert (again.returncode, again.stderr) == (0, "")
    assert f"{side}" in again.stdout.splitlines()
    assert side.read_text() != "{}"
    assert not other.exists()
