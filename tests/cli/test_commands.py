"""The commands' parsers: their examples parse, and their help needs no torch."""

import shlex
import subprocess
import sys

import pytest

from fewshot.cli.commands import COMMANDS, completed, make_parser
from fewshot.core.errors import RequestError

ALONE = [name for name in COMMANDS if not any(other.startswith(f"{name} ") for other in COMMANDS)]


def shown(capsys, *words: str) -> str:
    with pytest.raises(SystemExit) as end:
        make_parser(words).parse_args(words)
    assert end.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", ALONE)
def test_the_help_of_a_command_has_examples_that_parse(capsys, name):
    examples = shown(capsys, *name.split(), "--help").partition("\nexamples:\n")[2].splitlines()
    assert 2 <= len(examples) <= 4
    for line in examples:
        program, *words = shlex.split(line, comments=True)
        assert program == "fewshot"
        assert " ".join(completed(words)).startswith(name)
        assert make_parser(completed(words)).parse_args(completed(words)).do


@pytest.mark.parametrize(
    ("words", "whole"),
    [
        (["data"], ["data", "status"]),
        (["data", "--data", "x"], ["data", "status", "--data", "x"]),
        (["data", "fetch", "omniglot"], ["data", "fetch", "omniglot"]),
        (["data", "--help"], ["data", "--help"]),
        (["list"], ["list"]),
        ([], []),
    ],
)
def test_data_alone_is_its_status(words, whole):
    assert completed(words) == whole


def test_the_version_is_the_packages(capsys):
    assert shown(capsys, "--version").split()[0] == "fewshot"


def test_help_needs_no_torch():
    helps = [[*name.split(), "--help"] for name in ALONE]
    code = f"""
import sys
from fewshot.cli.commands import make_parser
for words in {helps}:
    try:
        make_parser(words).parse_args(words)
    except SystemExit:
        assert not {{"torch", "torchvision", "jaxtyping"}} & {{*sys.modules}}, words
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_an_option_is_not_abbreviated():
    with pytest.raises(RequestError, match="unrecognized arguments: --seed 3"):
        make_parser(["run", "quickstart", "--seed", "3"]).parse_args(["run", "quickstart", "--seed", "3"])
