import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fewshot.core.files import claim

OTHER = """
import sys
from pathlib import Path
from fewshot.core.files import claim

with claim(Path(sys.argv[1])) as mine:
    print(mine, flush=True)
    sys.stdin.readline()
print("let go", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def lock(tmp_path) -> Path:
    return tmp_path / "unfinished" / "abc.lock"


@pytest.fixture
def other(lock) -> Iterator[Callable[[], subprocess.Popen]]:
    """Starts a process that asks for the claim, says what it got and holds it until it is sent a line."""
    started = []

    def start() -> subprocess.Popen:
        code = [sys.executable, "-c", OTHER, str(lock)]
        started.append(subprocess.Popen(code, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen) -> str:
    return process.stdout.readline().strip()


def lets_go(process: subprocess.Popen) -> None:
    process.stdin.write("\n")
    process.stdin.flush()
    assert said(process) == "let go"


def test_of_two_processes_one_has_the_claim_until_it_lets_go(lock, other):
    first = other()
    assert said(first) == "True"
    second = other()
    assert said(second) == "False"
    with claim(lock) as mine:
        assert not mine
    lets_go(second)
    with claim(lock) as mine:
        assert not mine, "one that was refused has let go what is not its own"
    lets_go(first)
    with claim(lock) as mine:
        assert mine
        assert said(other()) == "False"


def test_the_claim_of_a_killed_process_is_free_at_once(lock, other):
    holder = other()
    assert said(holder) == "True"
    holder.kill()
    holder.wait()
    with claim(lock) as mine:
        assert mine


def test_a_claim_is_let_go_when_its_block_raises(lock, other):
    def stopped():
        with claim(lock) as mine:
            assert mine
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert said(other()) == "True"


def test_one_process_has_a_claim_once(lock):
    with claim(lock) as first, claim(lock) as second:
        assert (first, second) == (True, False)
    with claim(lock) as mine:
        assert mine


def test_claims_of_two_files_are_two_claims(lock, other):
    assert said(other()) == "True"
    with claim(lock.with_name("def.lock")) as mine:
        assert mine


def test_a_claims_file_may_be_removed_by_who_has_it(lock, other):
    with claim(lock) as mine:
        assert mine
        lock.unlink()
    assert said(other()) == "True"
