"""What the tests of `fewshot data` share: plug-ins in a folder, and commands run there."""

import pytest

from fewshot.cli.main import main

DATA_SET = '''"""Noise."""

from fewshot import dataset


def locate(folders):
    {locate}


def verify(folders):
    {verify}


@dataset(locate=locate, verify=verify)
def own(classes, size, folders):
    """Nothing."""
'''


@pytest.fixture
def data(capsys, monkeypatch, tmp_path):
    """Runs `fewshot data` with a plug-in's data set: exit code, lines, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FEWSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)

    def run(*arguments, locate="return 'here'", verify="return ['whole']"):
        (tmp_path / "own.py").write_text(DATA_SET.format(locate=locate, verify=verify))
        code = main(["data", *arguments])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return run


DOTS = '''"""Noise."""

import numpy as np

from fewshot.data.bank import make_bank
from fewshot import dataset


@dataset()
def dots(classes, size, folders):
    """Nine images a class by as many people."""
    side = size or 8
    number = np.arange(len(classes))
    draw = [np.random.default_rng([ord(name[-1]), 0]) for name in classes]
    pixels = np.concatenate([one.integers(0, 256, (9, 1, side, side)) for one in draw]).astype(np.uint8)
    return make_bank(
        pixels, np.repeat(number, 9), np.repeat(0 * number, 9), np.tile(np.arange(9), len(number)),
        classes=tuple(classes), groups=(classes[0].split("/")[0],), authors=tuple("abcdefghi"),
    )
'''
PROTOCOL = '''"""Three times four classes."""

from fewshot.protocols import Episodes, Protocol, protocol
from fewshot.core.recipe import TaskShape


@protocol
def own_split():
    """One group a split."""
    tasks = (Episodes(TaskShape(3, 1, 2), 30, within_group=True, other_authors=True),)
    names = {"train": "ABCD", "val": "EFGH", "test": "IJKL"}
    classes = {split: tuple(f"{split}/{letter}" for letter in letters) for split, letters in names.items()}
    return Protocol("own_split", "dots", classes, val=tasks, test=tasks, pairs=10, seed=1)
'''


@pytest.fixture
def leaks(capsys, monkeypatch, tmp_path):
    """Runs a command in a folder with both plug-ins: exit code, lines, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWSHOT_DATA", raising=False)

    def run(*arguments, leaky=False):
        (tmp_path / "dots.py").write_text(DOTS)
        # With the leak, classes A and I, of train and test, have the same images.
        (tmp_path / "own_split.py").write_text(PROTOCOL.replace('"IJKL"', '"AJKL"') if leaky else PROTOCOL)
        code = main(["data", "leaks", *arguments])
        out, err = capsys.readouterr()
        return code, out.splitlines(), err

    return run
