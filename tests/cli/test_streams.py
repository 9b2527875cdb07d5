"""What is printed: in any encoding, and where nobody reads."""

import os
import subprocess
import sys

import pytest

PRINTS = "from fewshot.cli.main import main; import sys; sys.exit(main(sys.argv[1:]))"


def fewshot(*arguments: str, **given) -> subprocess.CompletedProcess:
    environ = os.environ | given.pop("environ", {})
    return subprocess.run(
        [sys.executable, "-c", PRINTS, *arguments], capture_output=not given, env=environ, check=False, **given
    )


@pytest.mark.parametrize(
    ("environ", "shown"),
    [
        ({"PYTHONIOENCODING": "cp1252"}, "train+val … −".encode("cp1252", "replace").replace(b"?", b"-")),
        ({"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, b"train+val ... -"),
    ],
)
def test_characters_that_an_encoding_has_not_are_near_ones(tmp_path, environ, shown):
    (tmp_path / "own.toml").write_text(
        'title = "train+val … −"\ndataset = "typefaces"\nprotocol = "scripts"\nsize = 28\n[[cells]]\n'
        'learner = "pixels"\n',
        encoding="utf-8",
    )
    (tmp_path / "results").mkdir()
    done = fewshot("table", "own.toml", cwd=tmp_path, environ=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.splitlines()[0] == shown


def test_a_closed_output_is_no_fault(tmp_path):
    done = subprocess.run(
        f"exec >&-; {sys.executable} -c '{PRINTS}' list losses", shell=True, stderr=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_leaves_is_no_fault():
    reader, writer = os.pipe()
    os.close(reader)
    done = fewshot("--help", stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_messages_to_a_terminal_that_has_gone_change_no_exit_code():
    with open("/dev/full", "w") as full:
        assert fewshot("table", "nothing.toml", stdout=full, stderr=full).returncode == 2
