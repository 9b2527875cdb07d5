"""Deriving the official trials from made-up archives; `test_omniglot.py` derives them from the real ones."""

import io
import tomllib
import zipfile

import numpy as np
import pytest
from PIL import Image

from fewshot.core.errors import RequestError
from fewshot.data.class_lists.omniglot_trials import official_runs
from fewshot.data.datasets.omniglot import derive_trials as derive
from fewshot.data.datasets.omniglot.content import SIDE, Half

IMAGES = tuple(f"Ah/character{c:02d}/{c:04d}_{d:02d}.png" for c in range(1, 4) for d in range(1, 21))
INK = np.random.default_rng(0).random((len(IMAGES), SIDE, SIDE)) < 0.1
HALF = Half("images_evaluation", IMAGES, b"", "", "")
SUPPORT, QUERY = [3, 1], [1, 3]
LABELS = "run01/test/item01.png run01/training/class02.png\nrun01/test/item02.png run01/training/class01.png\n"


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(derive, "RUNS", 1)
    monkeypatch.setattr(derive, "TRIALS", 2)


def write(path, drawers=(5, 8), labels=LABELS, ink=INK):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("run01/class_labels.txt", labels)
        for kind, numbers, drawer in (("training/class", SUPPORT, drawers[0]), ("test/item", QUERY, drawers[1])):
            for place, number in enumerate(numbers, 1):
                file = io.BytesIO()
                Image.fromarray(~ink[20 * (number - 1) + drawer - 1]).convert("1").save(file, "PNG")
                archive.writestr(f"run01/{kind}{place:02d}.png", file.getvalue())


def test_a_run_is_found_by_its_pixels(tmp_path):
    write(tmp_path / "all_runs.zip")
    assert derive.find_runs([tmp_path / "none", tmp_path]) == tmp_path / "all_runs.zip"
    (run,) = derive.derive_runs(tmp_path / "all_runs.zip", HALF, np.packbits(INK, axis=-1))
    assert (run.alphabet, run.support_drawer, run.query_drawer) == ("Ah", 5, 8)
    assert run.support == ("Ah/character03", "Ah/character01")
    assert run.query == ("Ah/character01", "Ah/character03")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drawers": (5, 5)}, "two drawers"),
        ({"labels": LABELS.replace("class02", "class01")}, "other labels"),
        ({"labels": "one two three"}, "two names a line"),
        ({"ink": ~INK}, r"run01/training/class01\.png once in images_evaluation, found it 0 times"),
    ],
)
def test_other_runs_are_refused(tmp_path, change, message):
    write(tmp_path / "all_runs.zip", **change)
    with pytest.raises(RequestError, match=message):
        derive.derive_runs(tmp_path / "all_runs.zip", HALF, np.packbits(INK, axis=-1))


def test_the_shipped_index_is_what_the_derivation_writes():
    again = tomllib.loads(derive.as_toml(official_runs()))["run"]
    assert [(run["alphabet"], run["support_drawer"], run["query_drawer"]) for run in again] == [
        (run.alphabet, run.support_drawer, run.query_drawer) for run in official_runs()
    ]
    for run, one in zip(again, official_runs(), strict=True):
        for side in ("support", "query"):
            assert tuple(f"{one.alphabet}/character{number:02d}" for number in run[side]) == getattr(one, side)
