"""Any input ends in what it held or in one line of refusal, within limits of time and memory."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PAGE = HERE / "README.md"
FIGURES = re.compile(r"(?<=<!-- figures -->\n).*(?=<!-- end -->)", re.DOTALL)
HEAD = ("cases", "the same", "refused", "other, allowed", "failed")
MANY = 20_000


def tried(*words: str) -> dict:
    """The failures and the outcomes by kind of some cases."""
    command = [sys.executable, "-X", "faulthandler", HERE / "cases.py", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_a_thousand_mutated_inputs_are_read_or_refused():
    found = tried("1000")
    assert found["failed"] == [], "\n".join(found["failed"])


def test_the_page_has_figures_of_every_kind_without_a_failure():
    """If this fails: `FEWSHOT_SLOW=1 uv run --all-groups pytest tests/fuzz`."""
    rows = [line.strip("| ").split(" | ") for line in FIGURES.search(PAGE.read_text("utf-8"))[0].splitlines()[4:]]
    counts = {name: dict(zip(HEAD, map(number, own), strict=True)) for name, *own in rows}
    assert {*counts} == {*tried("0")["outcomes"]}
    assert sum(own["cases"] for own in counts.values()) == MANY
    assert all(own["failed"] == 0 and own["cases"] == sum(own.values()) - own["cases"] for own in counts.values())


def number(text: str) -> int:
    return int(text.replace(",", ""))


@pytest.mark.slow
def test_many_mutated_inputs_are_read_or_refused():
    """Writes its figures to the page."""
    found = tried(str(MANY))
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HERE, capture_output=True, text=True).stdout
    rows = [(name, *(f"{counts[one]:,}" for one in HEAD)) for name, counts in found["outcomes"].items()]
    lines = [f"| {' | '.join(row)} |" for row in [("kind", *HEAD), *rows]]
    table = "\n".join([lines[0], "|---" * (1 + len(HEAD)) + "|", *lines[1:]])
    page = PAGE.read_text("utf-8")
    PAGE.write_text(FIGURES.sub(lambda _: f"Of commit {commit.strip()}:\n\n{table}\n", page), "utf-8")
    assert found["failed"] == [], "\n".join(found["failed"])
