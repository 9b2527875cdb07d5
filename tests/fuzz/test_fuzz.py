"""Any input ends in what it held or in one line of refusal, within limits of time and memory."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("needs Linux: /proc and limits of memory", allow_module_level=True)

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


def test_some_mutated_inputs_are_read_or_refused():
    found = tried("100")
    assert found["failed"] == [], "\n".join(found["failed"])
    assert {*found["outcomes"]} == {*figures()}, "set $FEWSHOT_SLOW and run this file: it writes README.md"


def test_the_page_has_the_figures_of_many_cases_without_a_failure():
    counts = figures().values()
    assert sum(own["cases"] for own in counts) == MANY
    assert all(own["failed"] == 0 and 2 * own["cases"] == sum(own.values()) for own in counts)


def figures() -> dict[str, dict[str, int]]:
    """The outcomes on the page, by kind."""
    lines = FIGURES.search(PAGE.read_text("utf-8"))[0].splitlines()[4:]
    rows = [line.strip("| ").split(" | ") for line in lines]
    return {
        name: {one: int(own.replace(",", "")) for one, own in zip(HEAD, counts, strict=True)} for name, *counts in rows
    }


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
